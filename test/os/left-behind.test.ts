import { execFile } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../dev/dev-server';
import { TestRun } from '../fixtures/processes/test-run';
import { cgroupObstacle } from './cgroup-here';

/* What an activity has left is asked of the kernel first: a look at all processes of a busy host costs more than the activity. */

const PROGRAM = resolve(projectRoot(), 'dist/test/fixtures/leftovers/program.js');
const NATIVE = join(projectRoot(), 'dist', 'native', `${process.platform}-${process.arch}.node`);
const notBuilt = existsSync(NATIVE) ? undefined : 'the native part is not built';

let run: TestRun;
beforeAll(() => (run = new TestRun()));
afterAll(async () => {
  for (const name of readdirSync(run.dir).filter((file) => file.endsWith('.pid'))) {
    process.kill(Number(readFileSync(join(run.dir, name), 'utf8')), 'SIGKILL');
  }
  await run.end();
});

async function outcomeOf(level: string, command: string): Promise<{ looks: number; warned: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, level, command], { env: run.env });
  return JSON.parse(stdout) as { looks: number; warned: number };
}

describe.each([
  ['subreaper', notBuilt],
  ['cgroup', notBuilt ?? cgroupObstacle],
])('at %s', (level, why) => {
  const here = why === undefined ? test : test.skip;
  const skipped = why === undefined ? '' : ` (skipped: ${why})`;

  here(`an activity that has left nothing costs no look${skipped}`, async () => {
    expect(await outcomeOf(level, 'sleep 0.05 & wait')).toEqual({ looks: 0, warned: 0 });
  });

  here(`a daemon that hides is told of all the same${skipped}`, async () => {
    const daemon = `setsid env -i sleep 60 >/dev/null 2>&1 & echo $! >${run.dir}/${level}.pid`;
    const { looks, warned } = await outcomeOf(level, daemon);
    expect({ looks: looks > 0, warned }).toEqual({ looks: true, warned: 1 });
  });
});

test('negative control: at scan nobody knows without a look', async () => {
  const { looks, warned } = await outcomeOf('scan', 'true');
  expect({ looks: looks > 0, warned }).toEqual({ looks: true, warned: 0 });
});
