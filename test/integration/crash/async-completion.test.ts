import type { WorkflowHandle } from '@temporalio/client';
import { waitUntil } from '../../helpers/wait-until';
import type { Processes } from '../cancel/suite';
import { CrashScene, put } from './scene';

let scene: CrashScene;
beforeAll(async () => {
  scene = await CrashScene.open();
  await Promise.all([
    scene.worker('leaves', { leftovers: 'leave', watch: { intervalMs: 200 } }),
    scene.worker('kills', { leftovers: 'kill', watch: { intervalMs: 200 } }),
  ]);
});
afterAll(() => scene.end());

/** An activity that completes later, its process at work. */
async function detached(queue: string): Promise<[WorkflowHandle, Processes, string]> {
  const processes = scene.suite.processes();
  const file = scene.newFile('detach');
  const taskQueue = scene.suite.unique(queue);
  const step = { name: 'endWhen', args: [processes.program, 'completes later', file], taskQueue };
  const options = { startToCloseTimeout: '5m', retry: { initialInterval: 1, maximumAttempts: 2 } };
  const handle = await scene.suite.start('workflows', 'runAll', [[{ ...step, options }]]);
  await processes.started();
  put(file);
  await processes.goOn(25);
  const { pendingActivities } = (await handle.describe()).raw;
  return [handle, processes, pendingActivities?.[0]?.activityId ?? ''];
}

const byId = ({ workflowId }: WorkflowHandle, activityId: string) => ({ workflowId, activityId });

test("completed by id, its processes live on with leftovers 'leave'", async () => {
  const [handle, processes, activityId] = await detached('leaves');
  await scene.suite.client.activity.complete(byId(handle, activityId), 'later');
  expect(await scene.suite.closed(handle)).toBe('COMPLETED');
  await processes.goOn(50);
});

test("they die with leftovers 'kill'", async () => {
  const [handle, processes, activityId] = await detached('kills');
  await scene.suite.client.activity.complete(byId(handle, activityId), 'later');
  await scene.gone([processes]);
});

test('failed by id, or terminated, they die in any case', async () => {
  const [failed, first, activityId] = await detached('leaves');
  const [terminated, second] = await detached('leaves');
  await scene.suite.client.activity.fail(byId(failed, activityId), new Error('elsewhere'));
  await terminated.terminate('test');
  await scene.gone([first]);
  await scene.gone([second]);
});

test('a worker that stops fails what it kills: the next attempt comes at once', async () => {
  const worker = await scene.worker('stops', { leftovers: 'leave' });
  const [handle, processes] = await detached('stops');
  await worker.stop();
  await scene.gone([processes]);
  await waitUntil('attempt 2 is scheduled', async () => {
    const pending = (await handle.describe()).raw.pendingActivities?.[0];
    return pending?.attempt === 2 && pending.lastFailure?.applicationFailureInfo?.type === 'ATTEMPT_KILLED';
  });
});
