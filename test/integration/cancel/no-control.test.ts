import { ReaperClient, isIncomplete } from '../../../src/client';
import { type DevServer, startDevServer } from '../../helpers/dev-server';
import { CancelSuite, expectKilledBeforeCancelled } from './suite';

// On a server of its own, where nobody serves the cancellation workflows.
let server: DevServer;
let suite: CancelSuite;
beforeAll(async () => {
  server = await startDevServer();
  suite = await CancelSuite.open(server.address);
  await Promise.all([
    suite.worker('connection', { pluginOn: 'connection' }),
    suite.worker('inline', { pluginOn: 'worker' }),
    suite.worker('both', { pluginOn: 'both' }),
    suite.worker('plain', { plugin: { workflowInterceptor: false } }),
  ]);
});
afterAll(async () => {
  await suite.end();
  await server.stop();
});

test.each(['connection', 'inline', 'both'])(
  'plugin on %s: a cancel kills first, without a control worker',
  async (queue) => {
    const pollers = await suite.connection.workflowService.describeTaskQueue({
      namespace: 'default',
      taskQueue: { name: 'temporal-reaper' },
      taskQueueType: 1,
    });
    expect(pollers.pollers ?? []).toEqual([]);

    const processes = suite.processes('forks-children');
    const handle = await suite.start(queue, 'runAll', [[processes.step()]]);
    await processes.started();
    await handle.cancel();
    await processes.died();
    await expectKilledBeforeCancelled(handle, [processes]);
    expect(await suite.closed(handle)).toBe('CANCELLED');
    expect(processes.attempts()).toEqual([1]);
  },
);

test.each(['connection', 'inline', 'both'])('plugin on %s: a terminate kills', async (queue) => {
  const processes = suite.processes('forks-children');
  const handle = await suite.start(queue, 'runAll', [[processes.step()]]);
  await processes.started();
  await handle.terminate('test');
  await processes.died();
});

test.each([
  ['connection', 'cancel-activity', 'asked to kill and cancel'],
  ['plain', 'fail-activity', 'without a kill first'],
])('the cancel of one activity goes through, and the others go on (worker: %s)', async (queue, cancel, degraded) => {
  const [named, other] = [suite.processes('forks-children'), suite.processes()];
  const handle = await suite.start(queue, 'cancelScopeOnSignal', [
    [named.step({ options: { activityId: 'named' } })],
    [other.step({ options: { activityId: 'other' } })],
  ]);
  await Promise.all([named.started(), other.started()]);

  const outcome = await new ReaperClient(suite.client).cancelActivity({
    workflowId: handle.workflowId,
    activityId: 'named',
  });
  expect(outcome).toMatchObject({ activityId: 'named', cancel, status: 'RUNNING', unreached: [] });
  expect(outcome.degraded).toContain(degraded);
  expect(isIncomplete(outcome)).toBe(true);
  if (cancel === 'cancel-activity') {
    await expectKilledBeforeCancelled(handle, [named]);
  }
  await named.died();
  expect(named.attempts()).toEqual([1]);
  await other.goOn();
  expect((await handle.describe()).raw.pendingActivities?.map(({ activityId }) => activityId)).toEqual(['other']);

  await handle.cancel();
  await other.died();
});
