import { controlIsServed } from '../../helpers/control-served';
import { type DevServer, startDevServer } from '../../helpers/dev-server';
import { CancelSuite, Events, expectKilledBeforeCancelled } from './suite';

jest.setTimeout(120_000);

// A run with as many pending activities as the server allows has no room for the kill activity.
const LIMIT = 4;
/** `WORKFLOW_TASK_FAILED_CAUSE_PENDING_ACTIVITIES_LIMIT_EXCEEDED` */
const NO_ROOM = 27;

let server: DevServer;
let suite: CancelSuite;
beforeAll(async () => {
  const extraArgs = ['--dynamic-config-value', `limit.numPendingActivities.error=${LIMIT}`];
  server = await startDevServer({ extraArgs });
  suite = await CancelSuite.open(server.address);
  const { pid } = await suite.worker('a', { ...suite.bundle('with'), plugin: { control: true } });
  await suite.worker('unguarded', { ...suite.bundle('without'), plugin: false });
  await controlIsServed(suite.connection, { workerPid: pid });
});
afterAll(async () => {
  await suite.end();
  await server.stop();
});

async function start(queue: string, count: number) {
  const all = Array.from({ length: count }, () => suite.processes());
  const handle = await suite.start(queue, 'runAll', [all.map((processes) => processes.step())]);
  await Promise.all(all.map((processes) => processes.started()));
  return { all, handle };
}

test('at the limit the cancel goes through all the same, and the kill with it', async () => {
  const { all, handle } = await start('a', LIMIT);
  await handle.cancel();
  await Promise.all(all.map((processes) => processes.died()));
  expect(await suite.closed(handle)).toBe('CANCELLED');
  const events = await Events.of(handle);
  expect(events.taskQueuesOf('kill')).toEqual([]);
  expect(events.taskFailures(NO_ROOM)).toBe(1);
  for (const processes of all) expect(processes.attempts()).toEqual([1]);
});

test('negative control: with room for one more they are killed first', async () => {
  const { all, handle } = await start('a', LIMIT - 1);
  await handle.cancel();
  await expectKilledBeforeCancelled(handle, all);
  expect((await Events.of(handle)).taskFailures(NO_ROOM)).toBe(0);
  expect(await suite.closed(handle)).toBe('CANCELLED');
});

test('negative control: without the plugin they go on beating', async () => {
  const { all, handle } = await start('unguarded', LIMIT);
  await handle.cancel();
  await Events.withCancelRequests(handle, LIMIT);
  await Promise.all(all.map((processes) => processes.goOn(25)));
});
