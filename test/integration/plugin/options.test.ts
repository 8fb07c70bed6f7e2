import { ReaperClient } from '../../../src/client';
import { Scene, beatsOn, dead, endOf, extension } from '../../fixtures/plugin/scene';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';

jest.setTimeout(120_000);

let scene: Scene;
let workflows: WorkerProcess & { taskQueue: string };

beforeAll(async () => {
  scene = await Scene.open('options');
  workflows = await scene.worker({ extend: extension('workflow-only') });
  await scene.servesControl();
});
afterAll(() => scene?.end());

async function activityWorker(plugin: object): Promise<WorkerProcess & { taskQueue: string; hostId: string }> {
  const hostId = scene.newId('host');
  const worker = await scene.worker({
    plugin: { hostId, control: false, ...plugin },
    workflows: false,
    extend: extension('with-activities'),
  });
  return Object.assign(worker, { hostId });
}

test('a grace period by activity type counts for that type, and for no other', async () => {
  const worker = await activityWorker({
    escalation: { graceMs: '10m', activities: { runStubborn: { graceMs: 200 } } },
  });
  const [short, long] = [scene.program('ignores-sigterm'), scene.program('ignores-sigterm')];
  const { taskQueue } = worker;
  const handle = await scene.start(workflows.taskQueue, 'runAll', [
    short.step({ name: 'runStubborn' as never, taskQueue }),
    long.step({ taskQueue }),
  ]);
  const [quick, slow] = [await short.started(), await long.started()];
  await handle.cancel();
  await dead(quick);
  await beatsOn(slow); // it has its ten minutes
  process.kill(slow[0].pid, 'SIGKILL');
  expect(await endOf(handle)).toBe('CANCELLED');
});

test('containment "basic" kills a child and its group, and says so in the report', async () => {
  const worker = await activityWorker({ containment: 'basic' });
  const program = scene.program('forks-children');
  const handle = await scene.start(workflows.taskQueue, 'runAll', [program.step({ taskQueue: worker.taskQueue })]);
  const processes = await program.started();
  const client = new ReaperClient(scene.client);
  expect(await client.listHosts({ hostIds: [worker.hostId] })).toMatchObject([
    { workers: [{ level: 'basic', levelReason: 'asked for' }] },
  ]);
  const outcome = await client.cancelWorkflow({ workflowId: handle.workflowId });
  await dead(processes, 1);
  const reports = outcome.hosts.flatMap(({ result }) => result?.kills ?? []).map(({ report }) => report);
  expect(reports).toMatchObject([{ level: 'basic', proof: 'none' }]);
  expect(reports[0].processes.map(({ pid }) => pid).sort()).toEqual(processes.map(({ pid }) => pid).sort());
});

describe.each(['thread', 'inline'])('on a reaper in form %s', (form) => {
  const noCgroups = { NODE_OPTIONS: `--require ${require.resolve('../../fixtures/plugin/no-cgroups.js')}` };

  test('containment "cgroup" is refused at the start where it is impossible', async () => {
    const started = scene.worker(
      {
        plugin: { hostId: scene.newId('host'), control: false, containment: 'cgroup' },
        pluginOn: form === 'inline' ? 'worker' : 'connection',
        workflows: false,
      },
      noCgroups,
    );
    await expect(started).rejects.toThrow(
      /Containment level "cgroup" is unavailable: .*"auto"[\s\S]*CONTAINMENT_UNAVAILABLE/,
    );
  });

  test('containment "auto" then takes a lower level, and listHosts says why', async () => {
    const hostId = scene.newId('host');
    const on = form === 'inline' ? 'worker' : 'connection';
    await scene.worker({ plugin: { hostId, control: true }, pluginOn: on, workflows: false }, noCgroups);
    const [{ workers }] = await new ReaperClient(scene.client).listHosts({ hostIds: [hostId] });
    expect(workers).toMatchObject([{ form }]);
    const [{ level, levelReason }] = workers as { level: string; levelReason: string }[];
    expect(['subreaper', 'scan']).toContain(level);
    expect(levelReason).toMatch(/cgroup: .*EACCES|cgroup: no cgroup2|no \/proc/);
  });
});

describe('processes that are alive when their activity has returned', () => {
  const WARNING = 'Activity returned and left processes behind';

  async function leave(leftovers?: string) {
    const worker = await activityWorker(leftovers ? { leftovers } : {});
    const program = scene.program();
    const handle = await scene.start(workflows.taskQueue, 'runAll', [
      program.step({ name: 'leaveBehind' as never, taskQueue: worker.taskQueue }),
    ]);
    const result = (await handle.result()) as unknown;
    expect(result).toEqual(['returned']);
    return { worker, program };
  }

  test('by default they live, and the log names them', async () => {
    const { worker, program } = await leave();
    const processes = await program.started();
    await waitUntil('the worker has logged the left-over', () => worker.output().includes(WARNING));
    // It may not have become its program yet.
    expect(worker.output()).toMatch(new RegExp(`\\b${processes[0].pid} (node|sh)\\b`));
    await beatsOn(processes);
  });

  test('with "leave" they live, and nothing is said', async () => {
    const { worker, program } = await leave('leave');
    await beatsOn(await program.started());
    await worker.stop();
    expect(worker.output()).not.toContain(WARNING);
  });

  test('with "kill" they are dead', async () => {
    const { worker } = await leave('kill');
    await waitUntil('the worker has logged the kill', () => worker.output().includes('its function returned'));
    expect(worker.output()).toMatch(/its function returned[\s\S]*processes: 1/);
    expect(worker.output()).not.toContain(WARNING);
  });
});
