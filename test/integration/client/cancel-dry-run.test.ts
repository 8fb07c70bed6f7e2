import { CliPrograms, type RanProgram } from '../../fixtures/plugin/cli-program';
import { type ActivityProcess, Scene, beatsOn, dead, endOf, extension } from '../../fixtures/plugin/scene';
import { ReaperClient } from '../../../src/client';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';

jest.setTimeout(120_000);

const programs = new CliPrograms();

let scene: Scene;
let worker: WorkerProcess & { taskQueue: string };

function cli(...args: string[]): Promise<RanProgram> {
  return programs.startCli(scene.namespace, args).ended;
}

beforeAll(async () => {
  scene = await Scene.open('dry-run');
  worker = await scene.worker({ extend: extension('with-activities') });
  await scene.servesControl();
});
afterAll(async () => {
  programs.end();
  await scene?.end();
});

const pidsOf = (processes: { pid: number }[]): number[] => processes.map(({ pid }) => pid).sort((a, b) => a - b);

/** Ids of all workflows of the namespace. */
async function workflowIds(): Promise<string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of scene.client.workflow.list()) ids.push(workflowId);
  return ids;
}

describe('of a workflow with two activities', () => {
  let handle: Awaited<ReturnType<Scene['start']>>;
  let forks: ActivityProcess[];
  let single: ActivityProcess[];

  beforeAll(async () => {
    const [first, second] = [scene.program('forks-children'), scene.program()];
    handle = await scene.start(worker.taskQueue, 'settleAll', [
      first.step({ options: { activityId: 'forks' } }),
      second.step({ options: { activityId: 'single' } }),
    ]);
    [forks, single] = [await first.started(), await second.started()];
  });

  /** The negative control of a dry run. */
  async function nothingHappened(): Promise<void> {
    await beatsOn(forks);
    await beatsOn(single);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    const { events } = await handle.fetchHistory();
    expect(events?.filter(({ workflowExecutionCancelRequestedEventAttributes: asked }) => asked)).toEqual([]);
    expect((await workflowIds()).filter((id) => id.startsWith('temporal-reaper/cancel'))).toEqual([]);
  }

  test('lists exactly its processes, and kills and cancels nothing', async () => {
    const ran = await cli('cancel', '-w', handle.workflowId, '--dry-run', '-o', 'json');
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    const preview = JSON.parse(ran.stdout) as Awaited<ReturnType<ReaperClient['previewCancel']>>;
    expect(preview).toMatchObject({ workflowId: handle.workflowId, interceptor: 'yes', childIds: [] });
    const listed = new Map(preview.activities.map((activity) => [activity.attempt.activityId, activity]));
    expect([...listed.keys()].sort()).toEqual(['forks', 'single']);
    expect(listed.get('forks')).toMatchObject({ status: 'listed', hostId: scene.hostId, workerPid: worker.pid });
    expect(pidsOf(listed.get('forks')?.processes ?? [])).toEqual(pidsOf(forks));
    expect(pidsOf(listed.get('single')?.processes ?? [])).toEqual(pidsOf(single));
    await nothingHappened();
  });

  test('of one activity lists only that one, in text with the command', async () => {
    const ran = await cli('cancel', '-w', handle.workflowId, '-a', 'single', '--dry-run', '--signal', 'SIGKILL');
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toMatch(/^Would cancel activity single of .*: 1 activity, 1 process\. Nothing was killed/);
    expect(ran.stdout).toMatch(
      new RegExp(`${scene.hostId} +${worker.pid} +single .* ${single[0].pid} +${worker.pid} +\\w+`),
    );
    for (const { pid } of forks) expect(ran.stdout).not.toMatch(new RegExp(`\\b${pid}\\b`));
    await nothingHappened();
  });

  test.each([
    ['workflow', ['-w', 'no-such']],
    ['activity', ['-a', 'no-such']],
  ])('an unknown %s is the error of a cancel', async (_what, args) => {
    const ran = await cli('cancel', '-w', handle.workflowId, ...args, '--dry-run', '-o', 'json');
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(JSON.parse(ran.stderr)).toMatchObject({ error: { code: 'TARGET_NOT_FOUND' } });
    await nothingHappened();
  });

  test('the cancel then kills what was listed', async () => {
    expect(await cli('cancel', '-w', handle.workflowId)).toMatchObject({ code: 0 });
    await dead([...forks, ...single], 1);
    const closed = await cli('cancel', '-w', handle.workflowId, '--dry-run', '-o', 'json');
    expect(closed).toMatchObject({ code: 1, stdout: '' });
    expect(JSON.parse(closed.stderr)).toMatchObject({ error: { code: 'TARGET_CLOSED' } });
  });
});

test('names children, and an activity that waits for a worker', async () => {
  const program = scene.program();
  const childId = scene.newId('child');
  const parent = await scene.start(worker.taskQueue, 'runInChild', childId, [program.step()]);
  const processes = await program.started();
  const text = await cli('cancel', '-w', parent.workflowId, '--dry-run');
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout).toContain(`child workflows, which a cancel may reach too: ${childId}`);
  await beatsOn(processes);

  const waiting = await scene.start(worker.taskQueue, 'settleAll', [
    scene.program().step({ taskQueue: scene.newId('nobody'), options: { activityId: 'waits' } }),
  ]);
  await waitUntil('it is scheduled', async () => (await waiting.describe()).raw.pendingActivities?.length === 1);
  const reaper = new ReaperClient(scene.client);
  const preview = await reaper.previewCancel({ workflowId: waiting.workflowId });
  expect(preview.activities).toMatchObject([{ attempt: { activityId: 'waits' }, status: 'waiting', processes: [] }]);
  await parent.cancel();
  expect(await endOf(parent)).toBe('CANCELLED');
});

test('without anybody to ask, it still names the activities: exit 4', async () => {
  const alone = await Scene.open('dry-run-unserved');
  try {
    const [own, plain] = [
      await alone.worker({
        plugin: { hostId: alone.hostId, control: false },
        extend: extension('with-activities'),
      }),
      await alone.worker({ plugin: false, workflows: false, extend: extension('with-activities') }),
    ];
    const [guarded, unguarded] = [alone.program(), alone.program()];
    const handle = await alone.start(own.taskQueue, 'settleAll', [
      guarded.step({ options: { activityId: 'guarded' } }),
      unguarded.step({ taskQueue: plain.taskQueue, options: { activityId: 'unguarded' } }),
    ]);
    const processes = await guarded.started();
    const left = await unguarded.started();
    const args = ['cancel', '-w', handle.workflowId, '--dry-run', '-o', 'json'];
    const ran = await programs.startCli(alone.namespace, args).ended;
    expect(ran).toMatchObject({ code: 4, stderr: '' });
    const { degraded, activities } = JSON.parse(ran.stdout) as Awaited<ReturnType<ReaperClient['previewCancel']>>;
    expect(degraded).toContain('No worker serves the control task queue');
    expect(Object.fromEntries(activities.map(({ attempt, status }) => [attempt.activityId, status]))).toEqual({
      guarded: 'unknown',
      unguarded: 'unguarded',
    });
    await beatsOn(processes);
    await handle.terminate();
    for (const { pid } of left) process.kill(pid, 'SIGKILL'); // nobody else does
  } finally {
    await alone.end();
  }
});
