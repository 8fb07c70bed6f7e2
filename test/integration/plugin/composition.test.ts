import { readFileSync } from 'node:fs';
import { ReaperClient } from '../../../src/client';
import { Scene, beatsOn, dead, endOf, extension, stopAndRead } from '../../fixtures/plugin/scene';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';

jest.setTimeout(120_000);

let scene: Scene;
/** Runs the workflows of all tests, with the workflow interceptor. */
let workflows: WorkerProcess & { taskQueue: string };

beforeAll(async () => {
  scene = await Scene.open('composition');
  workflows = await scene.worker({ extend: extension('workflow-only') });
  await scene.servesControl();
});
afterAll(() => scene?.end());

function markersOf(pid: number): string[] {
  const environ = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return environ.filter((entry) => entry.startsWith('TEMPORAL_REAPER_'));
}

const THREADS = { connection: 1, worker: 0, both: 1 } as const;

describe.each(['connection', 'worker', 'both'] as const)('the plugin on the %s', (pluginOn) => {
  test('tracks each process once, kills it on a cancel, and starts at most one thread', async () => {
    const hostId = scene.newId('host');
    const worker = await scene.worker({
      plugin: { hostId, control: false },
      pluginOn,
      workflows: false,
      extend: extension('count-threads'),
    });
    const program = scene.program();
    const handle = await scene.start(workflows.taskQueue, 'runAll', [program.step({ taskQueue: worker.taskQueue })]);
    const processes = await program.started();

    expect(markersOf(processes[0].pid)).toHaveLength(1);
    const { hosts } = await new ReaperClient(scene.client).listProcesses({ hostIds: [hostId] });
    expect(hosts.map(({ result }) => result?.form)).toEqual([pluginOn === 'worker' ? 'inline' : 'thread']);
    expect(hosts[0].result?.attempts.map(({ processes: listed }) => listed.map(({ pid }) => pid))).toEqual([
      [processes[0].pid],
    ]);

    await handle.cancel();
    await dead(processes);
    expect(await endOf(handle)).toBe('CANCELLED');
    await stopAndRead(worker, `threads: ${THREADS[pluginOn]}\n`);
    // The log is about the user's Workers, not about ours.
    const logged = (taskQueue: string): boolean => worker.output().includes(`taskQueue: '${taskQueue}`);
    expect([logged(worker.taskQueue), logged('temporal-reaper')]).toEqual([true, false]);
  });
});

test('without the plugin nothing is tracked and a cancel kills nothing', async () => {
  const worker = await scene.worker({ plugin: false, workflows: false });
  const program = scene.program();
  const handle = await scene.start(workflows.taskQueue, 'runAll', [
    program.step({ taskQueue: worker.taskQueue, options: { cancellationType: 'TRY_CANCEL' } }),
  ]);
  const processes = await program.started();
  expect(markersOf(processes[0].pid)).toEqual([]);
  await handle.cancel();
  expect(await endOf(handle)).toBe('CANCELLED');
  await beatsOn(processes);
  process.kill(processes[0].pid, 'SIGKILL'); // its worker would wait for it
});

describe('a second plugin object', () => {
  const first = { control: false, escalation: { graceMs: '2s' }, watch: { intervalMs: 500 } } as const;

  async function start(second: object): Promise<WorkerProcess & { taskQueue: string }> {
    const hostId = scene.newId('host');
    const extend = extension('second-plugin');
    const previous = process.env.REAPER_TEST_SECOND;
    process.env.REAPER_TEST_SECOND = JSON.stringify({ hostId, ...second });
    try {
      return await scene.worker({ plugin: { hostId, ...first }, workflows: false, extend });
    } finally {
      if (previous === undefined) delete process.env.REAPER_TEST_SECOND;
      else process.env.REAPER_TEST_SECOND = previous;
    }
  }

  test('with the same options, written in another way, shares the one reaper', async () => {
    const worker = await start({ watch: { intervalMs: '500ms' }, control: false, escalation: { graceMs: 2000 } });
    const program = scene.program();
    const handle = await scene.start(workflows.taskQueue, 'runAll', [program.step({ taskQueue: worker.taskQueue })]);
    const processes = await program.started();
    expect(markersOf(processes[0].pid)).toHaveLength(1);
    await handle.cancel();
    await dead(processes);
    expect(await endOf(handle)).toBe('CANCELLED');
    await stopAndRead(worker, 'threads: 1\n');
  });

  test('with other options is refused, with a remedy', async () => {
    await expect(start({ ...first, leftovers: 'kill' })).rejects.toThrow(
      /with other options for namespace .*: share one plugin object, or give both the same options[\s\S]*PLUGIN_CONFLICT/,
    );
  });
});

describe("the user's own", () => {
  test('interceptors and options stay; ours is outside of theirs, but for the deprecated kind', async () => {
    const worker = await scene.worker({ extend: extension('with-interceptors'), pluginOn: 'both' });
    const handle = await scene.start(worker.taskQueue, 'runAll', [{ name: 'returnTrace', args: [] }]);
    expect(await handle.result()).toEqual({
      intercepted: [['deprecated: outside', 'first: inside', 'second: inside']],
    });
    await stopAndRead(worker, 'options changed: []\n');
  });

  test('workflow interceptor inside of ours may answer itself: a later cancel has nothing to kill, and writes nothing', async () => {
    const worker = await scene.worker({ extend: extension('inner-interceptor') });
    const handle = await scene.start(worker.taskQueue, 'answeredThenSleeps', []);
    const started = async (): Promise<boolean> =>
      ((await handle.fetchHistory()).events ?? []).some((event) => event.timerStartedEventAttributes);
    await waitUntil('it sleeps', started);
    await handle.cancel();
    expect(await endOf(handle)).toBe('CANCELLED');
    const { events } = await handle.fetchHistory();
    expect((events ?? []).filter((event) => event.markerRecordedEventAttributes)).toEqual([]);
    await worker.stop();
  });

  test('identity stays in front of the location', async () => {
    const hostId = scene.newId('host');
    const worker = await scene.worker({
      plugin: { hostId, control: false },
      workflows: false,
      identity: 'build farm 7',
    });
    const program = scene.program();
    const handle = await scene.start(workflows.taskQueue, 'runAll', [program.step({ taskQueue: worker.taskQueue })]);
    const processes = await program.started();
    const { raw } = await handle.describe();
    expect(raw.pendingActivities?.map(({ lastWorkerIdentity }) => lastWorkerIdentity)).toEqual([
      `build farm 7 ${worker.pid}@${hostId}`,
    ]);
    await handle.cancel();
    await dead(processes);
    await worker.stop();
  });
});

test('a Worker for workflows alone leaves the activities of its task queue to others', async () => {
  const options = { scheduleToStartTimeout: '2s', retry: { maximumAttempts: 1 } } as const;
  const step = { name: 'returnTrace', args: [], options };
  const alone = await scene.start(workflows.taskQueue, 'runAll', [step]);
  await expect(alone.result()).rejects.toMatchObject({ cause: { cause: { timeoutType: 'SCHEDULE_TO_START' } } });

  // with somebody to take it, the same activity runs
  const worker = await scene.worker({
    taskQueue: workflows.taskQueue,
    workflows: false,
    extend: extension('with-activities'),
  });
  const handle = await scene.start(workflows.taskQueue, 'runAll', [step]);
  expect(await handle.result()).toEqual([[]]);
  await worker.stop();
});

test('a reaper that stops releases what it polled', async () => {
  const hostId = scene.newId('host');
  const worker = await scene.worker({ plugin: { hostId, control: false }, workflows: false });
  const client = new ReaperClient(scene.client);
  expect(await client.listHosts({ hostIds: [hostId] })).toMatchObject([
    { hostId, workers: [{ workerPid: worker.pid, status: 'answered' }] },
  ]);
  await worker.stop();
  await waitUntil(
    `host ${hostId} is not listed as answering any more`,
    async () => {
      const listed = (await client.listHosts()).filter((host) => host.hostId === hostId);
      return listed.every(({ workers }) => workers[0].status !== 'answered');
    },
    { timeoutMs: 30_000 },
  );
});
