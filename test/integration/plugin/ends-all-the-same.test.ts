import { once } from 'node:events';
import { Scene, extension } from '../../fixtures/plugin/scene';
import { testServerAddress } from '../../helpers/dev-server';
import { LatencyProxy } from '../../helpers/latency-proxy';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';
import { guardiansOf } from '../crash/scene';

jest.setTimeout(180_000);

let scene: Scene;
beforeAll(async () => void (scene = await Scene.open('ends-all-the-same')));
afterAll(() => scene?.end());

const SILENT_SERVER = 'its Workers have not ended within';
const STUCK_THREAD = 'The reaper thread does not end and is left behind';

/** Shuts the worker down, and waits until its process has ended, for as long as that takes. */
async function end({ child }: WorkerProcess): Promise<number | null> {
  const ended = once(child, 'exit');
  child.stdin?.write('stop\n');
  const [code] = (await ended) as [number | null];
  return code;
}

async function runOne(worker: WorkerProcess & { taskQueue: string }): Promise<void> {
  const handle = await scene.start(worker.taskQueue, 'runAll', [{ name: 'run', args: ['true', []] }]);
  await handle.result();
}

test('a process ends when Temporal has stopped answering its reaper', async () => {
  const proxy = await LatencyProxy.start(testServerAddress(), 0);
  try {
    const worker = await scene.worker({ plugin: { connection: { address: proxy.address }, control: false } });
    await runOne(worker);
    proxy.silence();
    expect(await end(worker)).toBe(0);
    expect(worker.output()).toContain(SILENT_SERVER);
    await waitUntil('its guardian has ended', () => guardiansOf(worker.pid).length === 0);
  } finally {
    proxy.stop();
  }
});

test("a process ends when its reaper's thread is stuck", async () => {
  const worker = await scene.worker({ plugin: { control: false }, extend: extension('block-reaper') });
  await runOne(worker);
  worker.child.kill('SIGWINCH');
  await waitUntil('the thread is blocked', () => worker.output().includes('blocked'));
  expect(await end(worker)).toBe(0);
  expect(worker.output()).toContain(STUCK_THREAD);
  await waitUntil('its guardian has ended', () => guardiansOf(worker.pid).length === 0, { timeoutMs: 30_000 });
});

test('the negative control: without a fault neither is said', async () => {
  const worker = await scene.worker({ plugin: { control: false }, extend: extension('block-reaper') });
  await runOne(worker);
  expect(await end(worker)).toBe(0);
  expect(worker.output()).not.toContain(SILENT_SERVER);
  expect(worker.output()).not.toContain(STUCK_THREAD);
});
