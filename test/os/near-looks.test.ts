import { ScanContainment } from '../../src/process/containment/scan';
import type { SearchRoots } from '../../src/process/containment/level';
import { KillEngine } from '../../src/process/kill/kill-engine';
import { SharedLook } from '../../src/process/table/shared-look';
import { systemTable } from '../../src/process/table/system-table';
import { TestRun } from '../fixtures/processes/test-run';
import { isRunning } from '../helpers/kernel-oracle';
import { patient, TrackedAttempt } from './engine-run';

/*
 * Where the kernel keeps hold of what an attempt has started, its kill does not read every process of the host; and what may
 * have got out is found all the same.
 */

let run: TestRun;
let attempt: TrackedAttempt;
let all: jest.SpyInstance;
beforeEach(() => {
  run = new TestRun();
  attempt = new TrackedAttempt();
  all = jest.spyOn(SharedLook.prototype, 'take');
});
afterEach(() => run.end());
afterEach(() => jest.restoreAllMocks());

/** A level that says so much of what is near. */
class NearContainment extends ScanContainment {
  constructor(readonly searchRoots: () => SearchRoots | undefined) {
    super(systemTable());
  }
}

/** Kills a program with a daemon that only its marker tells, where the level knows of the program alone. */
async function kill(isAll: boolean | undefined): Promise<{ looks: number; main: boolean; daemon: boolean }> {
  const program = await run.start('daemonises', { env: attempt.env });
  const [main, daemon] = [program.pidOf('main'), program.pidOf('daemon')];
  attempt.add(main);
  const near = isAll === undefined ? undefined : { pids: [main], isAll };
  const report = await new KillEngine(new NearContainment(() => near)).kill(attempt.target, patient);
  const dead = report.processes.filter(({ fate }) => fate === 'exited').map(({ pid }) => pid);
  expect(dead.includes(main)).toBe(true);
  expect(dead.includes(daemon)).toBe(!isRunning(daemon));
  return { looks: all.mock.calls.length, main: isRunning(main), daemon: isRunning(daemon) };
}

test('where nobody can have got out, no look at all processes is taken', async () => {
  const { looks, main, daemon } = await kill(true);
  expect({ looks, main }).toEqual({ looks: 0, main: false });
  expect(daemon).toBe(true); // the level is taken at its word: negative control of the next test
});

test('where somebody may, the last look is at all, and finds who has', async () => {
  const { looks, ...lives } = await kill(false);
  expect(lives).toEqual({ main: false, daemon: false });
  expect(looks).toBeGreaterThanOrEqual(2); // one that finds it, and one that finds nothing
});

test('and not every look is, where nobody has', async () => {
  const { child } = await run.start('forks-children', { env: attempt.env });
  attempt.add(child.pid!);
  const containment = new NearContainment(() => ({ pids: [child.pid!], isAll: false }));
  const { processes, looks } = await new KillEngine(containment).kill(attempt.target, patient);
  expect(processes.map(({ fate }) => fate)).toEqual(Array(5).fill('exited'));
  expect(all.mock.calls.length).toBeGreaterThanOrEqual(1);
  expect(looks).toBeGreaterThan(all.mock.calls.length);
});

test('negative control: where only a look tells, nothing is concluded without two at all', async () => {
  const { looks, ...lives } = await kill(undefined);
  expect(lives).toEqual({ main: false, daemon: false });
  expect(looks).toBeGreaterThanOrEqual(2);
});

test('one that ignores the first signal is not waited for by looks at all processes', async () => {
  const { child } = await run.start('ignores-sigterm', { env: attempt.env });
  attempt.add(child.pid!);
  const containment = new NearContainment(() => ({ pids: [child.pid!], isAll: false }));
  const escalation = { signal: 'SIGTERM', graceMs: 1_500, settleMs: 5_000 } as const;
  const report = await new KillEngine(containment).kill(attempt.target, escalation);
  expect(report.processes).toMatchObject([{ pid: child.pid, fate: 'killed' }]);
  expect(report.looks - all.mock.calls.length).toBeGreaterThan(all.mock.calls.length);
});
