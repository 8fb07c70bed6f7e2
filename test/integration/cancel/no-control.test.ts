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
