import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { survivorsOf } from '../../src/contract/kill-report';
import * as pidfd from '../../src/process/native/pidfd';
import { TestRun } from '../fixtures/processes/test-run';
import { isRunning, startTicks } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';
import { openEngine, patient, quick, TrackedAttempt } from './engine-run';

// As it is, but open to spies.
jest.mock('../../src/process/native/pidfd', () => ({
  __esModule: true,
  ...jest.requireActual<object>('../../src/process/native/pidfd'),
}));

let run: TestRun;
let attempt: TrackedAttempt;
beforeEach(() => {
  run = new TestRun();
  attempt = new TrackedAttempt();
});
afterEach(() => run.end());

async function startTracked(name: Parameters<TestRun['start']>[0], detached = true) {
  const fixture = await run.start(name, { env: attempt.env, detached });
  attempt.add(fixture.child.pid!);
  return fixture;
}

describe('the marker', () => {
  test('finds a daemon that left group, session and lineage', async () => {
    const fixture = await startTracked('daemonises');
    const report = await openEngine().kill(attempt.target, quick);
    expect(isRunning(fixture.pidOf('daemon'))).toBe(false);
    expect(survivorsOf(report)).toEqual([]);
    expect(run.processes()).toEqual([]);
  });

  test('negative control: without it the daemon goes on', async () => {
    const fixture = await startTracked('daemonises');
    await openEngine().kill({ ...attempt.target, marker: undefined }, quick);
    expect(isRunning(fixture.pidOf('main'))).toBe(false);
    await run.beatsGoOn(fixture.beatFile('daemon'));
  });

  test('finds what was started without our knowing, in any place of a large environment', async () => {
    const large = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`PADDING_${i}`, 'x'.repeat(10_000)]));
    const fixture = await run.start('forever', { env: { ...large, ...attempt.env } });
    const report = await openEngine().kill(attempt.target, quick);
    expect(isRunning(fixture.pidOf('main'))).toBe(false);
    expect(report.processes).toMatchObject([{ fate: 'exited', signal: 'SIGTERM' }]);
  });

  test('spares lookalikes, and the same program of another attempt', async () => {
    const other = new TrackedAttempt();
    const lookalikes = [
      other.env,
      { [`X${attempt.name}`]: attempt.value },
      { [`${attempt.name}0`]: attempt.value },
      { [attempt.name]: `${attempt.value}0` },
      { OTHER: `${attempt.name}=${attempt.value}` },
      {},
    ];
    const strangers = await Promise.all(lookalikes.map((env) => run.start('forever', { env })));
    const fixture = await startTracked('forever');
    const report = await openEngine().kill(attempt.target, quick);
    expect(report.processes.map(({ pid }) => pid)).toEqual([fixture.child.pid]);
    for (const stranger of strangers) await run.beatsGoOn(stranger.beatFile('main'));
  });
});

describe('a leader that exited before the kill', () => {
  test('leaves a group that is killed', async () => {
    const fixture = await startTracked('leader-exits-first');
    await waitUntil('the leader is gone', () => !isRunning(fixture.pidOf('main')));
    await openEngine().kill({ ...attempt.target, marker: undefined }, quick);
    expect(isRunning(fixture.pidOf('left'))).toBe(false);
  });

  test('negative control: the group lives on without a kill', async () => {
    const fixture = await startTracked('leader-exits-first');
    await waitUntil('the leader is gone', () => !isRunning(fixture.pidOf('main')));
    await run.beatsGoOn(fixture.beatFile('left'));
  });
});

describe('the grace period', () => {
  test('ends with the last process, and SIGKILL is not sent', async () => {
    const fixture = await startTracked('cleans-up-on-sigterm');
    const exit = new Promise((resolve) => fixture.child.on('exit', (code, signal) => resolve({ code, signal })));
    const report = await openEngine().kill(attempt.target, patient);
    expect(await exit).toEqual({ code: 7, signal: null });
    expect(existsSync(join(fixture.dir, 'cleaned-up'))).toBe(true);
    expect(report.processes).toMatchObject([{ fate: 'exited', signal: 'SIGTERM' }]);
    expect(report.durationMs).toBeLessThan(patient.graceMs / 2);
    expect(report.firstSignalAt).toBeGreaterThanOrEqual(report.startedAt);
    expect(report.lastDeathAt).toBeGreaterThanOrEqual(report.firstSignalAt!);
  });

  test('ends with SIGKILL for who ignores SIGTERM, not before', async () => {
    await startTracked('ignores-sigterm');
    const report = await openEngine().kill(attempt.target, quick);
    expect(report.processes).toMatchObject([{ fate: 'killed', signal: 'SIGKILL' }]);
    expect(report.processes[0].deadAfterMs).toBeGreaterThanOrEqual(quick.graceMs);
  });

  test.each([
    ['SIGTERM', 0],
    ['SIGKILL', 20_000],
  ] as const)('there is none with %s and %i ms', async (signal, graceMs) => {
    const fixture = await startTracked('cleans-up-on-sigterm');
    const report = await openEngine().kill(attempt.target, { ...quick, signal, graceMs });
    expect(report.processes).toMatchObject([{ fate: 'killed', signal: 'SIGKILL' }]);
    expect(existsSync(join(fixture.dir, 'cleaned-up'))).toBe(false);
  });

  test('another first signal is sent as asked', async () => {
    const fixture = await startTracked('cleans-up-on-sigterm');
    const report = await openEngine().kill(attempt.target, { ...patient, signal: 'SIGINT' });
    expect(report.processes).toMatchObject([{ fate: 'exited', signal: 'SIGINT' }]);
    expect(existsSync(join(fixture.dir, 'cleaned-up'))).toBe(false);
  });
});

test('a spawn under way is waited for, and what it starts is killed', async () => {
  const engine = openEngine();
  const look = jest.spyOn(engine.containment.table, 'look');
  let spawning = true;
  const kill = engine.kill({ ...attempt.target, spawning: () => spawning }, patient);
  try {
    await waitUntil('more looks were empty than would do', () => look.mock.calls.length > 3);
    const { pid } = spawn('sleep', ['60'], { env: run.env, stdio: 'ignore', detached: true });
    attempt.add(pid!);
    spawning = false;
    expect((await kill).processes).toMatchObject([{ pid, fate: 'exited' }]);
  } finally {
    spawning = false;
    look.mockRestore();
  }
});

test('an attempt without processes: two looks, nothing signalled', async () => {
  const report = await openEngine().kill(attempt.target, patient);
  expect(report).toMatchObject({ looks: 2, processes: [], firstSignalAt: undefined, lastDeathAt: undefined });
});

test('kills at the same time share their looks', async () => {
  const engine = openEngine();
  const look = jest.spyOn(engine.containment.table, 'look');
  const attempts = await Promise.all(
    [attempt, new TrackedAttempt(), new TrackedAttempt()].map(async (each) => {
      const { child } = await run.start('forever', { env: each.env });
      each.add(child.pid!);
      return each;
    }),
  );
  look.mockClear();
  const reports = await Promise.all(attempts.map(({ target }) => engine.kill(target, patient)));
  const asked = reports.reduce((sum, { looks }) => sum + looks, 0);
  expect(look.mock.calls.length).toBeLessThan(asked);
  expect(reports.flatMap(survivorsOf)).toEqual([]);
  look.mockRestore();
});

test('the same kill twice at once is as good as one', async () => {
  const fixture = await startTracked('forks-children');
  const engine = openEngine();
  await Promise.all([engine.kill(attempt.target, quick), engine.kill(attempt.target, quick)]);
  expect(isRunning(fixture.pidOf('generation-4'))).toBe(false);
});

test('find lists the living, and leaves them alive', async () => {
  const fixture = await startTracked('leaves-session');
  const found = await openEngine().find(attempt.target);
  const roles = ['main', 'leaver', 'leaver-child'].map((role) => fixture.pidOf(role));
  expect(found.map(({ pid }) => pid).sort()).toEqual(roles.sort());
  await run.beatsGoOn(fixture.beatFile('leaver-child'));
});

describe('our own process group', () => {
  test('a child in it is killed, singly, and a neighbour in it is not', async () => {
    const neighbour = await run.start('forever', { detached: false });
    const fixture = await startTracked('shell-pipeline', false);
    const report = await openEngine().kill(attempt.target, quick);
    expect(isRunning(fixture.pidOf('right'))).toBe(false);
    expect(survivorsOf(report)).toEqual([]);
    await run.beatsGoOn(neighbour.beatFile('main'));
  });
});

test('a number that is another process now is not signalled, nor is its group', async () => {
  const stranger = await run.start('forever');
  const pid = stranger.child.pid!;
  const recycled = { pid, startTicks: String(Number(startTicks(pid)) - 1) };
  const target = { ...attempt.target, roots: () => [recycled], groups: () => [pid] };
  const report = await openEngine().kill(target, { ...quick, signal: 'SIGKILL' });
  expect(report.processes).toEqual([]);
  await run.beatsGoOn(stranger.beatFile('main'));
});

test.each([0, 1, -1, process.pid, process.ppid])('%i as root or group is not signalled', async (pid) => {
  const roots = () => [{ pid, startTicks: startTicks(pid) ?? '' }];
  const report = await openEngine().kill({ ...attempt.target, roots, groups: () => [pid] }, quick);
  expect(report.processes).toEqual([]);
});

// The kernel's refusal is feigned, by number and by handle: a test that is not root cannot start another user's process.
test('a process that we may not signal is reported as denied, and holds nothing up', async () => {
  const sleeper = spawn('sleep', ['60'], { detached: true, env: run.env, stdio: 'ignore' });
  attempt.add(sleeper.pid!);
  const realKill = process.kill.bind(process);
  const { signalByHandle } = pidfd;
  const byHandle = jest.spyOn(pidfd, 'signalByHandle').mockImplementation((pid, ...rest) => {
    return pid === sleeper.pid ? 'denied' : signalByHandle(pid, ...rest);
  });
  const kill = jest.spyOn(process, 'kill').mockImplementation((pid, signal) => {
    if (Math.abs(pid) === sleeper.pid && signal !== 0) throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
    return realKill(pid, signal);
  });
  try {
    const report = await openEngine().kill(attempt.target, patient);
    expect(report.processes).toMatchObject([{ pid: sleeper.pid, fate: 'denied', signal: undefined }]);
    expect(report.durationMs).toBeLessThan(patient.graceMs / 2);
  } finally {
    kill.mockRestore();
    byHandle.mockRestore();
  }
});
