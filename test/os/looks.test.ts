import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { survivorsOf } from '../../src/contract/kill-report';
import { isAlive, processExists, startTicksOf } from '../../src/process/table/liveness';
import { ProcfsTable } from '../../src/process/table/procfs-table';
import { systemTable } from '../../src/process/table/system-table';
import { TestRun } from '../fixtures/processes/test-run';
import { isRunning } from '../helpers/kernel-oracle';
import { compiled, noCompiler } from '../zoo/compile';
import { openEngine, patient, TrackedAttempt } from './engine-run';

const OUT_OF_DESCRIPTORS = resolve(__dirname, '../../dist/test/fixtures/engine/out-of-descriptors.js');

let run: TestRun;
beforeEach(() => (run = new TestRun()));
afterEach(() => run.end());
afterEach(() => jest.restoreAllMocks());

describe('an environment of any size', () => {
  const why = noCompiler();
  const here = why === undefined ? test : test.skip;

  here(`ends no kill, nor those after it${why === undefined ? '' : ` (skipped: ${why})`}`, async () => {
    const huge = spawn(compiled('huge-environ'), ['2'], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    try {
      expect(String((await once(huge.stdout, 'data'))[0])).toBe('ready\n');
      for (const name of ['daemonises', 'forever'] as const) {
        const attempt = new TrackedAttempt();
        const fixture = await run.start(name, { env: attempt.env });
        attempt.add(fixture.child.pid!);
        // Its own too: an attempt may make such a process.
        if (name === 'forever') attempt.add(huge.pid!);
        const target = { ...attempt.target, sinceTicks: '' }; // strangers of any age are read
        const report = await openEngine('scan').kill(target, patient);
        expect(survivorsOf(report)).toEqual([]);
        expect(isRunning(fixture.pidOf('main'))).toBe(false);
      }
      expect(run.processes()).toEqual([]);
      expect(isRunning(huge.pid!)).toBe(false);
    } finally {
      huge.kill('SIGKILL');
    }
  });
});

describe('a worker without a free descriptor', () => {
  const kill = async (freeAfterMs: number): Promise<unknown> => {
    const limited = ['-c', 'ulimit -n 128; exec "$@"', 'sh', process.execPath, OUT_OF_DESCRIPTORS, String(freeAfterMs)];
    const env = { ...process.env, NODE_OPTIONS: '' };
    const child = spawn('sh', limited, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env });
    const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`ended with ${code}`)));
    ended.catch(() => undefined); // in the end it has to
    const [answer] = (await Promise.race([once(child, 'message'), ended])) as [unknown];
    child.kill('SIGKILL');
    return answer;
  };

  test('kills as soon as there is one', async () => {
    expect(await kill(200)).toEqual({ came: ['exited'], isAlive: false });
  });

  test('negative control: without one all the time the kill says so, and the process lives', async () => {
    expect(await kill(60_000)).toEqual({ came: 'EMFILE', isAlive: true });
  });
});

describe('a process that the table does not show', () => {
  test('is alive when the kernel knows it: another user’s under hidepid', async () => {
    const { child } = await run.start('forever');
    const ref = { pid: child.pid!, startTicks: startTicksOf(child.pid!)! };
    jest.spyOn(systemTable(), 'read').mockReturnValue(undefined);
    expect(isAlive(ref)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isAlive(ref)).toBe(false);
  });

  test('init exists for whom may not signal it', () => {
    expect(processExists(1)).toBe(true);
    for (const pid of [0, -1, 1.5, NaN]) expect(processExists(pid)).toBe(false);
  });

  test('a look that does not show ourselves is an error, not an empty host', async () => {
    const table = new ProcfsTable();
    jest.spyOn(table, 'read').mockReturnValue(undefined);
    await expect(table.look()).rejects.toMatchObject({ code: 'EAGAIN' });
  });
});
