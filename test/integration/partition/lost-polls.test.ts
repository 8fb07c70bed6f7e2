import { ReaperClient } from '../../../src/client';
import { CONTROL_TASK_QUEUE } from '../../../src/contract/task-queues';
import { Scene, extension } from '../../fixtures/plugin/scene';

jest.setTimeout(120_000);

/** A reaper begins with five polls on the control task queue; those of a host that is cut off still get tasks. */
const LOST = 5;

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open('lost-polls');
});
afterAll(() => scene?.end());

/** The types of the activities that it took, and does nothing for: none when there was none for 10 s. */
async function takeTask(): Promise<string[]> {
  const { connection, namespace } = scene;
  const poll = { namespace, taskQueue: { name: CONTROL_TASK_QUEUE }, identity: 'cut-off' };
  const task = await connection.withDeadline(Date.now() + 10_000, () =>
    connection.workflowService.pollActivityTaskQueue(poll),
  );
  return task.activityType?.name ? [task.activityType.name] : [];
}

test(`a cancel is reported though its wait for the end is lost ${LOST} times, as by a host that is cut off`, async () => {
  const byHand = { plugin: false, extend: extension('serves-control') } as const;
  await scene.worker(byHand);
  const target = await scene.start(scene.newId('nobody-serves-it'), 'runAll', []);
  let isOver = false;
  const outcome = new ReaperClient(scene.client)
    .cancelWorkflow({ workflowId: target.workflowId })
    .finally(() => (isOver = true));
  const lost: string[] = [];
  while (lost.length < LOST && !isOver) lost.push(...(await takeTask()));
  expect(lost).toEqual(Array.from({ length: LOST }, () => 'awaitCancelled'));
  await scene.worker({ ...byHand, workflows: false });
  expect(await outcome).toMatchObject({ cancel: 'cancel', unreached: [] });
  expect(await outcome).not.toHaveProperty('cancelError');
});
