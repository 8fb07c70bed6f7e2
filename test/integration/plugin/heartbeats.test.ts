import { ReaperClient } from '../../../src/client';
import { HeartbeatProxy } from '../../fixtures/plugin/heartbeat-proxy';
import { Scene, beatsOn, dead, endOf, extension } from '../../fixtures/plugin/scene';
import { testServerAddress } from '../../helpers/dev-server';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';

jest.setTimeout(120_000);

let scene: Scene;
let proxy: HeartbeatProxy;
/** Runs the workflows; its connection is no concern of the oracle. */
let workflows: WorkerProcess & { taskQueue: string };
/** Runs the activities, with all of its calls through the proxy. */
let worker: WorkerProcess & { taskQueue: string };

beforeAll(async () => {
  scene = await Scene.open('heartbeats');
  proxy = await HeartbeatProxy.start(testServerAddress());
  workflows = await scene.worker({ extend: extension('workflow-only') });
  worker = await activityWorker();
  await scene.servesControl();
});
afterAll(async () => {
  await scene?.end();
  await proxy?.stop();
});

function activityWorker(taskQueue?: string): Promise<WorkerProcess & { taskQueue: string }> {
  const plugin = { hostId: scene.newId('host'), control: false, watch: { intervalMs: 100 } };
  const { address } = proxy;
  return scene.worker({ address, taskQueue, plugin, workflows: false, extend: extension('with-activities') });
}

test('a silent activity beats for nobody: no heartbeat before its kill, and the kill comes all the same', async () => {
  const before = proxy.details.length;
  const program = scene.program();
  const options = { heartbeatTimeout: '10m', cancellationType: 'WAIT_CANCELLATION_COMPLETED' } as const;
  const handle = await scene.start(workflows.taskQueue, 'runAll', [
    program.step({ taskQueue: worker.taskQueue, options }),
  ]);
  const processes = await program.started();
  const calls = proxy.calls;
  // the watch has asked the server many times: a beat would have been seen by now
  await waitUntil('the worker has made 10 more calls', () => proxy.calls > calls + 10, { timeoutMs: 30_000 });
  await beatsOn(processes);
  expect(proxy.details.slice(before)).toEqual([]);

  await handle.cancel();
  expect(await endOf(handle)).toBe('CANCELLED');
  await dead(processes, 1);
  // the one that fetches the cancel, after the kill; it has nothing to overwrite
  expect(proxy.details.slice(before).filter((details) => details !== undefined)).toEqual([]);
});

test("what the server is told last is the user's latest checkpoint, in a cancel too", async () => {
  const before = proxy.details.length;
  const program = scene.program();
  const options = { heartbeatTimeout: '10m', cancellationType: 'WAIT_CANCELLATION_COMPLETED' } as const;
  const handle = await scene.start(workflows.taskQueue, 'runAll', [
    program.step({ name: 'runWithCheckpoints' as never, taskQueue: worker.taskQueue, options }),
  ]);
  const processes = await program.started();
  await handle.cancel();
  expect(await endOf(handle)).toBe('CANCELLED');
  await dead(processes, 1);
  // The SDK's throttle sends the first at once, and the latest when its window closes or something is due.
  const seen = proxy.details.slice(before);
  expect(seen[0]).toEqual({ checkpoint: 1 });
  expect(seen.slice(1).filter((details) => (details as { checkpoint?: number })?.checkpoint !== 2)).toEqual([]);
});

test('a retry after a kill sees the latest checkpoint', async () => {
  const program = scene.program();
  const options = { heartbeatTimeout: '10m', retry: { initialInterval: '10ms' } } as const;
  const handle = await scene.start(workflows.taskQueue, 'runAll', [
    program.step({ name: 'runWithCheckpoints' as never, taskQueue: worker.taskQueue, options }),
  ]);
  const processes = await program.started();
  const { hosts } = await new ReaperClient(scene.client).listProcesses();
  const { hostId } = hosts.find(({ workerPid }) => workerPid === worker.pid) ?? { hostId: 'none' };
  await new ReaperClient(scene.client).killAll({ hostIds: [hostId], retry: true });
  await dead(processes, 1);
  expect(await handle.result()).toEqual([{ checkpoint: 2 }]);
});

test('a retry after the restart of its worker sees the checkpoint that the server has', async () => {
  const first = await activityWorker();
  const program = scene.program();
  const options = { heartbeatTimeout: '3s', retry: { initialInterval: '10ms' } } as const;
  const handle = await scene.start(workflows.taskQueue, 'runAll', [
    program.step({ name: 'runWithCheckpoints' as never, taskQueue: first.taskQueue, options }),
  ]);
  await program.started();
  await waitUntil('the server has the latest checkpoint', async () => {
    const [pending] = (await handle.describe()).raw.pendingActivities ?? [];
    const data = pending?.heartbeatDetails?.payloads?.[0]?.data;
    return data ? Buffer.from(data).toString() === '{"checkpoint":2}' : false;
  });
  await first.kill();
  await activityWorker(first.taskQueue);
  expect(await handle.result()).toEqual([{ checkpoint: 2 }]);
});
