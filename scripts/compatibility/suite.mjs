import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { start } from './program.mjs';
import { parseTap } from './tap.mjs';

/** The compiled test files of the SDK's test package. */
export function testFiles(folder) {
  return readdirSync(join(folder, 'packages', 'test', 'lib'))
    .filter((name) => /^test-.*\.js$/.test(name))
    .map((name) => name.slice(0, -3))
    .sort();
}

/** Runs one file with ava, in its own process. `limitSeconds` applies to the whole file. */
export async function runTestFile(folder, name, { env, log, limitSeconds }) {
  const ava = join(folder, 'node_modules', 'ava', 'entrypoints', 'cli.mjs');
  const idle = `${Math.max(30, Math.round(limitSeconds / 2))}s`;
  const program = start([process.execPath, ava, '--tap', `--timeout=${idle}`, join('lib', `${name}.js`)], {
    cwd: join(folder, 'packages', 'test'),
    env,
    log,
  });
  const { code, timedOut, stdout, seconds } = await program.finish(limitSeconds);
  return { ...parseTap(stdout), ending: timedOut ? `no end within ${limitSeconds} s` : `exit ${code}`, seconds };
}
