import childProcess, { ChildProcess } from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

/*
 * Runs around each test file. Files of one jest worker share Node's own modules and nothing else: hooks that a file has
 * installed there know the attempts of no other file, and would keep it from installing its own.
 */
const prototype = ChildProcess.prototype as unknown as { spawn: unknown };
const { spawn } = prototype;
const { spawnSync, execSync, execFileSync } = childProcess;

afterAll(() => {
  prototype.spawn = spawn;
  Object.assign(childProcess, { spawnSync, execSync, execFileSync });
  syncBuiltinESMExports();
});
