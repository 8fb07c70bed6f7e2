/** What else may be in a worker's process: libraries that wrap `child_process`, and another copy of this package. */
import childProcess, { ChildProcess } from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import type { HostFixture, HostProgram } from './protocol';
import type * as Tracking from './tracking';

type Owner = Record<string, (...args: unknown[]) => unknown>;

/** Wraps what a tracing library wraps, as it does: by a function that calls what it found. */
export function wrapAll(): void {
  const owners: [Owner, string[]][] = [
    [ChildProcess.prototype as unknown as Owner, ['spawn', 'kill']],
    [childProcess as unknown as Owner, ['spawn', 'execFile', 'spawnSync', 'execFileSync', 'execSync']],
  ];
  for (const [owner, names] of owners) {
    for (const name of names) {
      const given = owner[name];
      owner[name] = function (this: unknown, ...args) {
        return given.apply(this, args);
      };
      Object.defineProperties(owner[name], Object.getOwnPropertyDescriptors(given)); // promisify.custom
    }
  }
  syncBuiltinESMExports();
}

/** Starts programs in attempts of a worker that another copy of this package has opened in this process. */
export async function openCopy(folder: string, fixture: HostFixture): Promise<(program: HostProgram) => void> {
  const file = join(folder, 'dist', 'test', 'zoo', 'host', 'tracking.js');
  const copy = (await import(file)) as typeof Tracking;
  const tracking = await copy.openTracking({ ...fixture, form: 'inline', hostId: `${fixture.hostId}-copy` });
  let attempts = 0;
  return ({ command, args, env }) => {
    void copy.runAttempt(tracking, copy.attemptRef(`c${++attempts}`, 1), new AbortController().signal, () => {
      childProcess.spawn(command, args, { stdio: 'ignore', env: { ...process.env, ...env } });
      return new Promise(() => undefined);
    });
  };
}
