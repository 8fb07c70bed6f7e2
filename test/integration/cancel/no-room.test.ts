import { extension } from '../../fixtures/plugin/scene';
import type { WorkerFixture } from '../../fixtures/worker';
import { controlIsServed } from '../../helpers/control-served';
import { type DevServer, startDevServer } from '../../helpers/dev-server';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';
import { CancelSuite, Events, expectKilledBeforeCancelled } from './suite';

jest.setTimeout(120_000);

// A run whose workflow task fails: with as many pending activities as the server allows it has no room for the kill
// activity; or one of its workers has a bug.
const LIMIT = 4;
/** `WORKFLOW_TASK_FAILED_CAUSE_PENDING_ACTIVITIES_LIMIT_EXCEEDED` */
const NO_ROOM = 27;
/** `WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE` */
const BUG = 14;

let server: DevServer;
let suite: CancelSuite;
let guarded: Partial<WorkerFixture>;
let buggy: WorkerProcess;
beforeAll(async () => {
  const extraArgs = ['--dynamic-config-value', `limit.numPendingActivities.error=${LIMIT}`];
  server = await startDevServer({ extraArgs });
  suite = await CancelSuite.open(server.address);
  guarded = suite.bundle('with');
  const { pid } = await suite.worker('a', { ...guarded, plugin: { control: true } });
  await Promise.all([
    suite.worker('unguarded', { ...suite.bundle('without'), plugin: false }),
    suite.worker('buggy', { extend: extension('fails-on-cancel') }).then((worker) => (buggy = worker)),
    ...['shared-1', 'shared-2'].map((host) => {
      const plugin = { hostId: suite.unique(host) };
      return suite.worker('shared', { ...guarded, plugin, taskQueue: suite.unique('shared') });
    }),
  ]);
  await controlIsServed(suite.connection, { workerPid: pid });
});
afterAll(async () => {
  await suite.end();
  await server.stop();
});

async function start(queue: string, count: number, activityQueue = queue) {
  const taskQueue = suite.unique(activityQueue);
  const all = Array.from({ length: count }, () => suite.processes());
  const handle = await suite.start(queue, 'runAll', [all.map((processes) => processes.step({ taskQueue }))]);
  await Promise.all(all.map((processes) => processes.started()));
  return { all, handle };
}

// Each of several workers of one task queue has not been asked before.
test.each(['a', 'shared'])(
  '%s: at the limit the cancel goes through all the same, and the kill with it',
  async (queue) => {
    const { all, handle } = await start(queue, LIMIT);
    await handle.cancel();
    await Promise.all(all.map((processes) => processes.died()));
    expect(await suite.closed(handle)).toBe('CANCELLED');
    const events = await Events.of(handle);
    expect(events.taskQueuesOf('kill')).toEqual([]);
    expect(events.taskFailures(NO_ROOM)).toBeGreaterThan(0);
    for (const processes of all) expect(processes.attempts()).toEqual([1]);
  },
);

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

test('a run whose task fails on one worker is cancelled by another, and its process killed', async () => {
  const { all, handle } = await start('buggy', 1, 'a');
  await suite.worker('buggy', { ...guarded, plugin: { hostId: suite.unique('host-mended') } });
  await handle.cancel(); // the first one has the run in its cache
  await waitUntil('the task has failed', async () => (await Events.of(handle)).taskFailures(BUG) > 0);
  await buggy.stop();
  await all[0].died();
  expect(await suite.closed(handle)).toBe('CANCELLED');
  expect(all[0].attempts()).toEqual([1]);
});
