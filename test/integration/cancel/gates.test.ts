import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ReaperClient } from '../../../src/client';
import { extension } from '../../fixtures/plugin/scene';
import type { WorkerFixture } from '../../fixtures/worker';
import { controlIsServed } from '../../helpers/control-served';
import { waitUntil } from '../../helpers/wait-until';
import { CancelSuite, Events, type Processes, expectKilledBeforeCancelled } from './suite';

jest.setTimeout(120_000);

// What a cancel waits for, and what not.
const GRACE_MS = 6_000;
const GRACE = { escalation: { graceMs: GRACE_MS } };

let suite: CancelSuite;
let guarded: Partial<WorkerFixture>;
beforeAll(async () => {
  suite = await CancelSuite.open();
  guarded = suite.bundle('with');
  const [a] = await Promise.all([
    suite.worker('a', { ...guarded, plugin: { ...GRACE, control: true } }),
    suite.worker('b', { workflows: false, plugin: GRACE }),
    suite.worker('routed', { extend: extension('routes-activities') }),
    suite.worker('unguarded', { ...suite.bundle('without'), plugin: false }),
  ]);
  await controlIsServed(suite.connection, { workerPid: a.pid });
});
afterAll(() => suite.end());

function hasSigterm(processes: Processes): Promise<void> {
  return waitUntil('it has its SIGTERM', () => existsSync(join(processes.dir, 'main.signals')));
}

test('each gate opens with its own kill, on the same host and on another', async () => {
  const [stubborn, quick, elsewhere] = [suite.processes('ignores-sigterm'), suite.processes(), suite.processes()];
  const toB = { taskQueue: suite.unique('b') };
  const handle = await suite.start('a', 'runAll', [[stubborn.step(), quick.step(), elsewhere.step(toB)]]);
  await Promise.all([stubborn, quick, elsewhere].map((processes) => processes.started()));
  await handle.cancel();
  const early = await Events.withCancelRequests(handle, 2);
  expect(early.cancelRequests('runProgram')).toHaveLength(2);
  expect([quick.alive(), elsewhere.alive()]).toEqual([[], []]);
  await stubborn.goOn(1); // the negative control: this one still uses its grace
  await stubborn.died();
  const all = await Events.withCancelRequests(handle, 3);
  expect(all.completedBefore(all.cancelRequests('runProgram')[2])).toEqual(['kill', 'kill']);
  expect(all.signals()).toHaveLength(1);
  expect(await suite.closed(handle)).toBe('CANCELLED');
});

test('a plain cancel of several activities costs no signal', async () => {
  const all = [suite.processes(), suite.processes()];
  const handle = await suite.start('a', 'runAll', [all.map((processes) => processes.step())]);
  await Promise.all(all.map((processes) => processes.started()));
  await handle.cancel();
  await expectKilledBeforeCancelled(handle, all);
  expect((await Events.of(handle)).signals()).toEqual([]);
});

describe('a time limit of the workflow itself', () => {
  const LIMIT_MS = 4_000;
  const start = async (queue: string, type: 'TRY_CANCEL' | 'WAIT_CANCELLATION_COMPLETED' | null) => {
    const processes = suite.processes('ignores-sigterm');
    const step = processes.step({ options: { cancellationType: type as 'TRY_CANCEL' } });
    const handle = await suite.start(queue, 'giveUpAfter', [step, LIMIT_MS]);
    await processes.started();
    return { processes, handle };
  };

  // null: none is given, as in JSON
  test.each<'TRY_CANCEL' | null>(['TRY_CANCEL', null])(
    '%s: it goes on at once, and the kill still comes first',
    async (type) => {
      const { processes, handle } = await start('a', type);
      await hasSigterm(processes);
      await processes.goOn(1);
      expect((await Events.of(handle)).cancelRequests('runProgram')).toEqual([]);
      await processes.died();
      await expectKilledBeforeCancelled(handle, [processes]);
      await handle.signal('finish');
      const [end, took] = (await handle.result()) as [string, number];
      expect(end).toBe('cancelled');
      expect(took).toBeLessThan(LIMIT_MS + GRACE_MS / 2);
      expect(processes.attempts()).toEqual([1]);
    },
  );

  test('a run that ends with it ends at once, and the watch kills', async () => {
    const processes = suite.processes('ignores-sigterm');
    const step = processes.step({ options: { cancellationType: 'TRY_CANCEL' } });
    const handle = await suite.start('a', 'cancelOwnScope', [step, LIMIT_MS]);
    await processes.started();
    expect(await handle.result()).toBe('cancelled');
    await processes.died();
    expect(processes.attempts()).toEqual([1]);
  });

  test('WAIT_CANCELLATION_COMPLETED: it waits for the end, as it says', async () => {
    const { processes, handle } = await start('a', 'WAIT_CANCELLATION_COMPLETED');
    await processes.died();
    await handle.signal('finish');
    const [end, took] = (await handle.result()) as [string, number];
    expect(end).toBe('cancelled');
    expect(took).toBeGreaterThanOrEqual(LIMIT_MS + GRACE_MS);
  });

  test('negative control: without the plugin it goes on beating', async () => {
    const { processes, handle } = await start('unguarded', 'TRY_CANCEL');
    await Events.withCancelRequests(handle, 1);
    await processes.goOn(25);
    await handle.signal('finish');
    expect(await handle.result()).toEqual(['cancelled', expect.any(Number)]);
  });
});

test('an interceptor that routes activities takes the kill not along', async () => {
  const processes = suite.processes();
  const handle = await suite.start('routed', 'runAll', [[processes.step({ taskQueue: 'overruled' })]]);
  await processes.started();
  await handle.cancel();
  await expectKilledBeforeCancelled(handle, [processes]);
  const events = await Events.of(handle);
  expect(events.taskQueuesOf('kill')).toEqual([expect.stringContaining(suite.unique('host-routed'))]);
  // It does route.
  expect(events.taskQueuesOf('runProgram')).toEqual([suite.unique('routed')]);
});

describe('a run whose worker does not say whether it kills before it cancels', () => {
  const cancelStalled = async (type: string, args: (processes: Processes) => unknown[]) => {
    const worker = await suite.worker(`stalled-${type}`, guarded);
    const processes = suite.processes();
    const handle = await suite.start(`stalled-${type}`, type, args(processes));
    await processes.started();
    worker.child.kill('SIGSTOP');
    try {
      const outcome = new ReaperClient(suite.client).cancelWorkflow({ workflowId: handle.workflowId });
      await waitUntil('the cancel is requested', async () => (await Events.of(handle)).isCancelRequested(), {
        timeoutMs: 20_000,
      });
      await processes.goOn();
      worker.child.kill('SIGCONT');
      return { processes, handle, outcome: await outcome };
    } finally {
      worker.child.kill('SIGCONT');
    }
  };
  const toB = () => ({ taskQueue: suite.unique('b') });

  test('what the cancel does not reach is left alone, and reported', async () => {
    const { processes, outcome } = await cancelStalled('runShielded', (one) => [one.step(toB())]);
    expect(outcome.degraded).toMatch(/still run: 1$/);
    expect(outcome.unreached).toEqual(['1']);
    await processes.goOn(50);
  });

  test('what it reaches is killed, and nothing is to be reported', async () => {
    const { processes, handle, outcome } = await cancelStalled('runAll', (one) => [[one.step(toB())]]);
    await processes.died();
    await expectKilledBeforeCancelled(handle, [processes]);
    expect(outcome).toMatchObject({ unreached: [], status: 'CANCELED' });
    expect(outcome.degraded).toBeUndefined();
  });
});
