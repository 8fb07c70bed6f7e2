import { randomUUID } from 'node:crypto';
import { type Payload, defaultPayloadConverter } from '@temporalio/common';
import { CANCEL_ACTIVITY_SIGNAL, KILL_FIRST_HEADER, REQUEST_HEADER } from '../../../src/contract/names';
import { Scene, extension } from '../../fixtures/plugin/scene';
import { activitiesRun } from '../../replay/recorder';

jest.setTimeout(60_000);

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open('one-by-one');
});
afterAll(() => scene?.end());

/** As the cancel of one activity sends it when the worker is to kill. */
async function signalCancel(workflowId: string, activityId: string): Promise<void> {
  const toPayload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
  await scene.client.workflowService.signalWorkflowExecution({
    namespace: scene.namespace,
    workflowExecution: { workflowId },
    signalName: CANCEL_ACTIVITY_SIGNAL,
    requestId: randomUUID(),
    header: {
      fields: {
        [REQUEST_HEADER]: toPayload([activityId]),
        [KILL_FIRST_HEADER]: toPayload(true),
      },
    },
  });
}

test('three activities of a run are cancelled one by one in one activation, after a signal of its own', async () => {
  const { taskQueue } = await scene.worker({ extend: extension('replay-worker') });
  const ids = ['a', 'b', 'c'];
  const handle = await scene.start(taskQueue, 'cancelledOneByOne', ids);
  await activitiesRun(handle);
  await handle.signal('unheard');
  for (const id of ids) await signalCancel(handle.workflowId, id);
  expect(await handle.result()).toEqual(['rejected', 'rejected', 'rejected']);
});
