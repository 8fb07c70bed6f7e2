import { type CancelOutcome, ReaperClient } from '../../../src/client';
import { type ActivityProcess, Scene, beatsOn, dead, endOf, extension } from '../../fixtures/plugin/scene';
import { cpuMsOf, memoryBytesOf } from '../../helpers/kernel-oracle';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';

jest.setTimeout(120_000);

let scene: Scene;
let worker: WorkerProcess & { taskQueue: string };
let client: ReaperClient;

beforeAll(async () => {
  scene = await Scene.open('client');
  worker = await scene.worker({ extend: extension('with-activities') });
  await scene.servesControl();
  client = new ReaperClient(scene.client);
});
afterAll(() => scene?.end());

/** pid and fate of every process in an outcome. */
function fatesOf({ hosts }: CancelOutcome): [number, string][] {
  const reports = hosts.flatMap(({ result }) => result?.kills ?? []).map(({ report }) => report);
  return reports.flatMap(({ processes }) => processes.map(({ pid, fate }): [number, string] => [pid, fate]));
}

function pidsOf(processes: ActivityProcess[]): number[] {
  return processes.map(({ pid }) => pid).sort();
}

test('listProcesses names every process of every attempt, listHosts the workers', async () => {
  const program = scene.program('forks-children');
  const handle = await scene.start(worker.taskQueue, 'runAll', [program.step({ options: { activityId: 'tree' } })]);
  const processes = await program.started();

  const deletions = jest.spyOn(scene.client.connection.workflowService, 'deleteWorkflowExecution');
  const { hosts } = await client.listProcesses();
  const attempts = hosts.flatMap(({ result }) => result?.attempts ?? []);
  const listed = attempts.find(({ attempt }) => attempt.workflowId === handle.workflowId);
  expect(listed).toMatchObject({
    attempt: { namespace: scene.namespace, activityId: 'tree', attempt: 1 },
    activityType: 'run',
    closing: false,
  });
  expect(listed?.processes.map(({ pid }) => pid).sort()).toEqual(pidsOf(processes));
  for (const { pid, startedAt, cpuMs, memoryBytes } of listed?.processes ?? []) {
    expect(Math.abs(startedAt! - listed!.openedAt)).toBeLessThan(30_000);
    expect(cpuMs).toBeLessThanOrEqual(cpuMsOf(pid));
    expect(memoryBytes! / memoryBytesOf(pid)).toBeCloseTo(1, 0);
  }
  expect(Math.abs(hosts[0].result!.listedAt! - Date.now())).toBeLessThan(30_000);
  // The server takes its time to delete, minutes here: what is seen is that it has accepted it, for that run alone.
  expect(deletions).toHaveBeenCalledTimes(1);
  const [{ workflowExecution }] = deletions.mock.calls[0] as [{ workflowExecution: { workflowId: string } }];
  expect(workflowExecution.workflowId).toMatch(/^temporal-reaper\/list-processes\//);
  await expect(deletions.mock.results[0].value).resolves.toBeDefined();
  expect(await client.listHosts({ hostIds: [scene.hostId] })).toMatchObject([
    {
      hostId: scene.hostId,
      workers: [
        {
          workerPid: worker.pid,
          status: 'answered',
          form: 'thread',
          level: expect.stringMatching(/^(cgroup|subreaper|scan)$/) as string, // whatever works here
        },
      ],
    },
  ]);

  const outcome = await client.cancelWorkflow({ workflowId: handle.workflowId });
  await dead(processes, 1);
  expect(outcome).toMatchObject({ cancel: 'cancel', status: 'CANCELED', unguarded: [], unreached: [] });
  expect(outcome.hosts).toMatchObject([{ hostId: scene.hostId, workerPid: worker.pid, status: 'answered' }]);
  const [{ report }] = outcome.hosts.flatMap(({ result }) => result?.kills ?? []);
  if (report.level === 'cgroup') expect(report.proof).toBe('kernel');
  expect(
    fatesOf(outcome)
      .map(([pid]) => pid)
      .sort(),
  ).toEqual(pidsOf(processes));
  expect(fatesOf(outcome).filter(([, fate]) => fate === 'survived' || fate === 'denied')).toEqual([]);
});

test('the run of a list stands in no list of workflows that does not ask for it, also when it stays', async () => {
  const bystander = await scene.start(worker.taskQueue, 'runAll', []);
  const refused = Object.assign(new Error('not allowed'), { code: 7, details: 'not allowed' });
  const deletions = jest.spyOn(scene.client.connection.workflowService, 'deleteWorkflowExecution');
  deletions.mockRejectedValueOnce(refused);
  await client.listProcesses();
  const [{ workflowExecution }] = deletions.mock.lastCall as [{ workflowExecution: { workflowId: string } }];
  deletions.mockRestore();

  const listed = async (query?: string): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { workflowId } of scene.client.workflow.list({ query })) ids.push(workflowId);
    return ids;
  };
  await waitUntil('who asks for it finds it', async () =>
    (await listed("TemporalNamespaceDivision = 'temporal-reaper'")).includes(workflowExecution.workflowId),
  );
  const all = await listed();
  expect(all).toContain(bystander.workflowId);
  expect(all.filter((id) => id.startsWith('temporal-reaper/list-processes/'))).toEqual([]);
});

test('an escalation of the request beats that of the worker; who ignores SIGTERM is killed', async () => {
  const [stubborn, bystander] = [scene.program('ignores-sigterm'), scene.program()];
  const handle = await scene.start(worker.taskQueue, 'runAll', [stubborn.step()]);
  const other = await scene.start(worker.taskQueue, 'runAll', [bystander.step()]);
  const [dying, living] = [await stubborn.started(), await bystander.started()];
  const outcome = await client.cancelWorkflow({ workflowId: handle.workflowId, escalation: { graceMs: 100 } });
  await dead(dying, 1);
  expect(fatesOf(outcome)).toEqual([[dying[0].pid, 'killed']]);
  await beatsOn(living);
  await client.terminateWorkflow({ workflowId: other.workflowId });
  await dead(living, 1);
  expect(await endOf(other)).toBe('TERMINATED');
});

describe.each([true, false])('with the workflow interceptor: %s', (workflowInterceptor) => {
  test('one activity is cancelled alone, and the others go on', async () => {
    const own = await scene.worker({
      plugin: { hostId: scene.newId('host'), control: false, workflowInterceptor },
      extend: extension('with-activities'),
    });
    const [first, second] = [scene.program(), scene.program()];
    const handle = await scene.start(own.taskQueue, 'settleAll', [
      first.step({ options: { activityId: 'first' } }),
      second.step({ options: { activityId: 'second' } }),
    ]);
    const [dying, living] = [await first.started(), await second.started()];

    const outcome = await client.cancelActivity({ workflowId: handle.workflowId, activityId: 'first' });
    expect(outcome).toMatchObject({
      cancel: workflowInterceptor ? 'cancel-activity' : 'fail-activity',
      activityId: 'first',
      status: 'RUNNING',
    });
    await dead(dying, 1);
    expect(fatesOf(outcome)).toEqual([[dying[0].pid, 'exited']]);
    await beatsOn(living);
    expect((await handle.describe()).raw.pendingActivities?.map(({ activityId }) => activityId)).toEqual(['second']);

    await handle.cancel();
    // Without the interceptor the watch sees the cancel.
    await dead(living);
    await endOf(handle);
    await own.stop();
  });
});

describe('killAll', () => {
  async function start(what: string) {
    const hostId = scene.newId('host');
    const own = await scene.worker({
      plugin: { hostId, control: false },
      workflows: false,
      extend: extension('with-activities'),
    });
    const program = scene.program();
    const options = { retry: { initialInterval: '10ms', maximumAttempts: 3 } } as const;
    const handle = await scene.start(worker.taskQueue, 'runAll', [
      program.step({ name: 'runOnce' as never, taskQueue: own.taskQueue, options }),
    ]);
    const bystander = scene.program();
    const other = await scene.start(worker.taskQueue, 'runAll', [bystander.step()]);
    return { hostId, own, what, handle, other, dying: await program.started(), living: await bystander.started() };
  }

  test('fails the attempts of that host as ATTEMPT_KILLED, not retried, and leaves other hosts alone', async () => {
    const { hostId, handle, other, dying, living } = await start('fail');
    const outcome = await client.killAll({ hostIds: [hostId] });
    await dead(dying, 1);
    expect(fatesOf(outcome)).toEqual([[dying[0].pid, 'exited']]);
    await expect(handle.result()).rejects.toMatchObject({
      cause: { cause: { type: 'ATTEMPT_KILLED', nonRetryable: true } },
    });
    await beatsOn(living);
    await other.cancel();
    await dead(living);
  });

  test('with retry, the attempt is retried', async () => {
    const { hostId, handle, other, dying, living } = await start('retry');
    await client.killAll({ hostIds: [hostId], retry: true });
    await dead(dying, 1);
    expect(await handle.result()).toEqual([2]);
    await other.cancel();
    await dead(living);
  });

  test('with a host that is not there, nothing is killed on the others either', async () => {
    const { hostId, handle, other, dying, living } = await start('misspelt');
    const misspelt = `${hostId}x`;
    for (const ask of [
      () => client.killAll({ hostIds: [hostId, misspelt] }),
      () => client.listProcesses({ hostIds: [misspelt] }),
    ]) {
      await expect(ask()).rejects.toMatchObject({
        code: 'TARGET_NOT_FOUND',
        message: expect.stringContaining(`no host "${misspelt}": did you mean "${hostId}"?`) as string,
      });
    }
    await beatsOn(dying);
    await Promise.all([handle.terminate(), other.terminate()]);
    await dead([...dying, ...living]);
  });
});

test('a second request joins the first: one cancellation workflow, one outcome', async () => {
  const program = scene.program('ignores-sigterm');
  const handle = await scene.start(worker.taskQueue, 'runAll', [program.step()]);
  const processes = await program.started();
  const request = { workflowId: handle.workflowId, escalation: { graceMs: 1_500 } } as const;
  const asked = Promise.all([client.cancelWorkflow(request), client.cancelWorkflow(request)]);
  const { runId } = await handle.describe();
  const own = scene.client.workflow.getHandle(`temporal-reaper/cancel-workflow/${handle.workflowId}/${runId}`);
  const shown = async (): Promise<string> => {
    const metadata = await own
      .query<{ currentDetails?: string }>('__temporal_workflow_metadata')
      .catch(() => undefined); // it has not started
    return metadata?.currentDetails ?? '';
  };
  // During the grace the Temporal UI says whom it waits for.
  await waitUntil('the cancellation says whom it waits for', async () => (await shown()).includes('waiting for **'));
  const outcomes = await asked;
  await dead(processes, 1);
  expect(await shown()).toContain('1 dead, 0 alive');
  expect(outcomes[0]).toEqual(outcomes[1]);
  expect(fatesOf(outcomes[0])).toEqual([[processes[0].pid, 'killed']]);
});
