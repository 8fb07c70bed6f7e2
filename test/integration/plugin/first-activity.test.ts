import { Scene, extension } from '../../fixtures/plugin/scene';

jest.setTimeout(180_000);

let scene: Scene;
beforeAll(async () => void (scene = await Scene.open('first-activity')));
afterAll(() => scene?.end());

/** What the very first activity of a worker sees: it waits for that worker already. */
async function firstSees(guardian: boolean): Promise<unknown> {
  const taskQueue = scene.newId('first');
  const workflows = await scene.worker({ extend: extension('workflow-only') });
  const handle = await scene.start(workflows.taskQueue, 'runAll', [{ name: 'isGuarded', args: [], taskQueue }]);
  await scene.worker({
    taskQueue,
    workflows: false,
    plugin: { hostId: scene.newId('host'), control: false, guardian },
    extend: extension('looks-for-guardian'),
  });
  return handle.result();
}

test('the guardian is there before the first line of the first activity', async () => {
  expect(await firstSees(true)).toEqual([true]);
});

test('the negative control: there is none for a worker that wants none', async () => {
  expect(await firstSees(false)).toEqual([false]);
});
