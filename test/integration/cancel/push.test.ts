import { type DevServer, startPushServer } from '../../helpers/dev-server';
import { CancelSuite, Events, expectKilledBeforeCancelled } from './suite';

// The server pushes cancels to workers by itself. It must neither come before the kill nor make a second attempt.
let server: DevServer;
let suite: CancelSuite;
beforeAll(async () => {
  server = await startPushServer();
  suite = await CancelSuite.open(server.address);
  await Promise.all([
    suite.worker('a'),
    suite.worker('bare', { plugin: { workflowInterceptor: false } }),
    suite.worker('unguarded', { plugin: false }),
  ]);
});
afterAll(async () => {
  await suite.end();
  await server.stop();
});

const retry = { initialInterval: 1, maximumInterval: 1 } as const;

test('a cancel: killed before it, once', async () => {
  const processes = suite.processes('forks-children');
  const handle = await suite.start('a', 'runAll', [[processes.step({ options: { retry } })]]);
  await processes.started();
  await handle.cancel();
  await processes.died();
  await expectKilledBeforeCancelled(handle, [processes]);
  expect(await suite.closed(handle)).toBe('CANCELLED');
  expect(processes.attempts()).toEqual([1]);
});

test.each(['a', 'bare'])('a terminate, on worker %s', async (queue) => {
  const processes = suite.processes('forks-children');
  const handle = await suite.start(queue, 'runAll', [[processes.step({ options: { retry } })]]);
  await processes.started();
  await handle.terminate('test');
  await processes.died();
  expect(suite.processesOf(processes)).toEqual([]);
  expect(processes.attempts()).toEqual([1]);
});

test.each(['WAIT_CANCELLATION_COMPLETED', 'TRY_CANCEL'] as const)(
  'a cancel of a workflow without the interceptor, %s',
  async (cancellationType) => {
    const processes = suite.processes('forks-children');
    const handle = await suite.start('bare', 'runAll', [[processes.step({ options: { retry, cancellationType } })]]);
    await processes.started();
    await handle.cancel();
    await processes.died();
    expect(await suite.closed(handle)).toBe('CANCELLED');
    expect(processes.attempts()).toEqual([1]);
  },
);

test('negative control: the push alone, without the plugin, kills nothing', async () => {
  const processes = suite.processes('forks-children');
  const handle = await suite.start('unguarded', 'runAll', [[processes.step({ options: { retry } })]]);
  await processes.started();
  await handle.cancel();
  await Events.withCancelRequests(handle, 1);
  await processes.goOn(50);
});
