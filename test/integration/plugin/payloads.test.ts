import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { DataConverter } from '@temporalio/common';
import { ReaperClient } from '../../../src/client';
import { StrictCodec } from '../../fixtures/plugin/codec';
import { Scene, beatsOn, dead, endOf, extension } from '../../fixtures/plugin/scene';
import type { WorkerProcess } from '../../helpers/worker-process';

jest.setTimeout(120_000);

const dist = join(__dirname, '../../../dist/test/fixtures/plugin');

describe.each<[string, string, DataConverter]>([
  ['a payload codec that refuses what it did not encrypt', 'with-codec', { payloadCodecs: [new StrictCodec()] }],
  ['a payload converter of the user', 'with-converter', { payloadConverterPath: join(dist, 'payload-converter.js') }],
])('with %s', (_what, name, dataConverter) => {
  let scene: Scene;
  let worker: WorkerProcess & { taskQueue: string };

  beforeAll(async () => {
    scene = await Scene.open(name, dataConverter);
    worker = await scene.worker({ extend: extension(name) });
    await scene.servesControl();
  });
  afterAll(() => scene?.end());

  test('an activity gets and gives its values', async () => {
    const handle = await scene.start(worker.taskQueue, 'runAll', [{ name: 'returnTrace', args: [] }]);
    expect(await handle.result()).toEqual([[]]);
  });

  test('a cancel kills, and the workflow ends cancelled', async () => {
    const [cancelled, bystander] = [scene.program('forks-children'), scene.program()];
    const handle = await scene.start(worker.taskQueue, 'runAll', [cancelled.step()]);
    const other = await scene.start(worker.taskQueue, 'runAll', [bystander.step()]);
    const processes = await cancelled.started();
    const others = await bystander.started();

    await handle.cancel();
    expect(await endOf(handle)).toBe('CANCELLED');
    await dead(processes, 1); // before the workflow has ended, not after
    await beatsOn(others);

    await other.cancel();
    expect(await endOf(other)).toBe('CANCELLED');
    await dead(others, 1);
  });

  test('one activity is cancelled alone, and its workflow goes on', async () => {
    const [first, second] = [scene.program(), scene.program()];
    const handle = await scene.start(worker.taskQueue, 'settleAll', [
      first.step({ options: { activityId: 'first' } }),
      second.step({ options: { activityId: 'second' } }),
    ]);
    const [dying, living] = [await first.started(), await second.started()];
    const { raw } = await handle.describe();
    expect(raw.pendingActivities?.map(({ activityId }) => activityId).sort()).toEqual(['first', 'second']);

    const outcome = await new ReaperClient(scene.client).cancelActivity({
      workflowId: handle.workflowId,
      activityId: 'first',
    });
    expect(outcome).toMatchObject({ cancel: 'cancel-activity', unguarded: [], unreached: [] });
    await dead(dying, 1);
    await beatsOn(living);

    await handle.cancel();
    expect(await handle.result()).toEqual(['cancelled', 'cancelled']);
    await dead(living, 1);
  });

  test('a cancel by the client kills, with every process in its outcome', async () => {
    const program = scene.program('forks-children');
    const handle = await scene.start(worker.taskQueue, 'runAll', [program.step()]);
    const processes = await program.started();
    const outcome = await new ReaperClient(scene.client).cancelWorkflow({
      workflowId: handle.workflowId,
      reason: `test ${randomUUID()}`,
    });
    await dead(processes, 1);
    expect(outcome).toMatchObject({ cancel: 'cancel', status: 'CANCELED', unguarded: [], unreached: [] });
    const reported = outcome.hosts
      .flatMap(({ result }) => result?.kills ?? [])
      .flatMap(({ report }) => report.processes);
    expect(reported.map(({ pid }) => pid).sort()).toEqual(processes.map(({ pid }) => pid).sort());
  });
});
