import type { WorkflowHandle } from '@temporalio/client';
import { waitUntil } from '../../helpers/wait-until';
import { CancelSuite, Events, type Processes, expectKilledBeforeCancelled } from './suite';

let suite: CancelSuite;
beforeAll(async () => {
  suite = await CancelSuite.open();
  await Promise.all([
    suite.worker('a'),
    suite.worker('b', { workflows: false }),
    suite.worker('unguarded', { plugin: false }),
    suite.worker('unguarded-b', { plugin: false, workflows: false }),
  ]);
});
afterAll(() => suite.end());

/** Starts a workflow over these activities; returns the run whose cancel is looked at, and how to cancel it. */
type Way = (
  queue: string,
  activities: ReturnType<Processes['step']>[],
) => Promise<{ handle: WorkflowHandle; cancel: () => Promise<unknown> }>;

async function cancelByQuery(query: string): Promise<void> {
  await waitUntil(
    'the workflow is found by the query',
    async () => (await suite.client.workflow.count(query)).count === 1,
  );
  const started = await suite.cli('workflow', 'cancel', '--query', query, '--reason', 'test', '-y', '-o', 'json');
  const { batchJobId } = JSON.parse(started) as { batchJobId: string };
  await waitUntil(
    `the batch job ${batchJobId} is over`,
    async () => /complet/i.test(await suite.cli('batch', 'describe', '--job-id', batchJobId, '-o', 'json')),
    { everyMs: 200, timeoutMs: 30_000 },
  );
}

const ways: Record<string, Way> = {
  'temporal workflow cancel -w': async (queue, steps) => {
    const handle = await suite.start(queue, 'runAll', [steps]);
    return { handle, cancel: () => suite.cli('workflow', 'cancel', '-w', handle.workflowId) };
  },
  'handle.cancel()': async (queue, steps) => {
    const handle = await suite.start(queue, 'runAll', [steps]);
    return { handle, cancel: () => handle.cancel() };
  },
  'temporal workflow cancel --query': async (queue, steps) => {
    const handle = await suite.start(queue, 'runAll', [steps]);
    return { handle, cancel: () => cancelByQuery(`WorkflowId = "${handle.workflowId}"`) };
  },
  'the cancel of a parent workflow': async (queue, steps) => {
    const childId = suite.newWorkflowId();
    const parent = await suite.start(queue, 'runInChild', [childId, steps]);
    return { handle: suite.handleOf(childId), cancel: () => parent.cancel() };
  },
  'a CancellationScope of the workflow': async (queue, steps) => {
    const handle = await suite.start(queue, 'cancelScopeOnSignal', [steps, []]);
    return { handle, cancel: () => handle.signal('cancelScope') };
  },
};

describe.each(Object.keys(ways))('%s, without any heartbeat', (name) => {
  test('kills on both hosts before it cancels, and leaves the processes of other workflows alone', async () => {
    const [onA, onB, otherOnA, otherOnB] = [1, 2, 3, 4].map(() => suite.processes());
    const toB = { taskQueue: suite.unique('b') };
    await suite.start('a', 'runAll', [[otherOnA.step(), otherOnB.step(toB)]]);
    const { handle, cancel } = await ways[name]('a', [onA.step(), onB.step(toB)]);
    await Promise.all([onA, onB, otherOnA, otherOnB].map((processes) => processes.started()));

    await cancel();
    await Promise.all([onA.died(), onB.died()]);
    await expectKilledBeforeCancelled(handle, [onA, onB]);
    // one kill to each host, by the task queue that carries its id
    const kills = (await Events.of(handle)).taskQueuesOf('kill').sort();
    expect(kills).toHaveLength(2);
    expect(kills[0]).toContain(suite.unique('host-a'));
    expect(kills[1]).toContain(suite.unique('host-b'));
    expect(await suite.closed(handle)).toBe(name.startsWith('a CancellationScope') ? 'COMPLETED' : 'CANCELLED');
    await Promise.all([otherOnA.goOn(), otherOnB.goOn()]);
    expect([onA.attempts(), onB.attempts()]).toEqual([[1], [1]]);
  });

  test('negative control: without the plugin they go on beating after the cancel', async () => {
    const [onA, onB] = [1, 2].map(() => suite.processes());
    const steps = [onA.step(), onB.step({ taskQueue: suite.unique('unguarded-b') })];
    const { handle, cancel } = await ways[name]('unguarded', steps);
    await Promise.all([onA.started(), onB.started()]);

    await cancel();
    await Events.withCancelRequests(handle, 2);
    await Promise.all([onA.goOn(25), onB.goOn(25)]);
  });
});

describe('a heartbeat timeout of 60 s, and an activity that beats', () => {
  const options = { heartbeatTimeout: '60s' } as const;

  test('the processes are killed before the cancel, long before a heartbeat could have brought it', async () => {
    const processes = suite.processes('forever', { heartbeatMs: 200 });
    const handle = await suite.start('a', 'runAll', [[processes.step({ options })]]);
    await processes.started();
    await handle.cancel();
    await processes.died();
    await expectKilledBeforeCancelled(handle, [processes]);
    expect(await suite.closed(handle)).toBe('CANCELLED');
  });

  test('negative control: without the plugin they go on beating', async () => {
    const processes = suite.processes('forever', { heartbeatMs: 200 });
    const handle = await suite.start('unguarded', 'runAll', [[processes.step({ options })]]);
    await processes.started();
    await handle.cancel();
    await Events.withCancelRequests(handle, 1);
    await processes.goOn(25);
  });
});

test('an activity that is outside the cancelled scope goes on', async () => {
  const [inside, outside] = [suite.processes(), suite.processes()];
  const handle = await suite.start('a', 'cancelScopeOnSignal', [[inside.step()], [outside.step()]]);
  await Promise.all([inside.started(), outside.started()]);
  await handle.signal('cancelScope');
  await inside.died();
  await expectKilledBeforeCancelled(handle, [inside]);
  await outside.goOn(25);
  await handle.cancel();
  await outside.died();
  expect(await handle.result()).toEqual(['cancelled', 'cancelled']);
});
