import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type ActivityProcess, Scene, dead, endOf } from '../../fixtures/plugin/scene';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';

jest.setTimeout(180_000);

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open('metrics');
});
afterAll(() => scene?.end());

/** Free a moment ago: the SDK takes no port 0, for it would tell nobody which one it got. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Our own lines of a Prometheus endpoint: name, labels, value. */
async function scrape(address: string): Promise<string[]> {
  const text = await (await fetch(`http://${address}/metrics`)).text();
  return text.split('\n').filter((line) => line.includes('temporal_reaper_') && !line.startsWith('#'));
}

/** The sum of the samples of that name that have these labels; undefined without any. */
function sample(lines: string[], name: string, labels: Record<string, string> = {}): number | undefined {
  const found = lines.filter(
    (line) =>
      new RegExp(`^${name}\\{`).test(line) &&
      Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)),
  );
  return found.length === 0 ? undefined : found.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

type Measured = { worker: WorkerProcess & { taskQueue: string }; metrics: () => Promise<string[]> };

async function measuredWorker(): Promise<Measured> {
  const prometheus = `127.0.0.1:${await freePort()}`;
  return { worker: await scene.worker({ prometheus }), metrics: () => scrape(prometheus) };
}

async function running({ worker }: Measured): Promise<{ processes: ActivityProcess[]; cancel: () => Promise<void> }> {
  const program = scene.program('forks-children');
  const handle = await scene.start(worker.taskQueue, 'runAll', [
    program.step({ options: { retry: { maximumAttempts: 1 } } }),
  ]);
  const cancel = async (): Promise<void> => {
    await handle.cancel();
    expect(await endOf(handle)).toBe('CANCELLED');
  };
  return { processes: await program.started(), cancel };
}

test('a cancel, and what a guardian did, on the Prometheus endpoint of the user’s own Runtime', async () => {
  const first = await measuredWorker();
  const one = await running(first);

  const before = await first.metrics();
  expect(sample(before, 'temporal_reaper_kills')).toBeUndefined();
  expect(sample(before, 'temporal_reaper_containment_level')).toBe(1);

  await one.cancel();
  await dead(one.processes);
  await waitUntil('the kill is counted', async () => {
    return sample(await first.metrics(), 'temporal_reaper_kills') !== undefined;
  });
  const after = await first.metrics();
  const { namespace } = scene;
  expect(sample(after, 'temporal_reaper_kills', { namespace, cause: 'cancel', result: 'dead' })).toBe(1);
  expect(sample(after, 'temporal_reaper_kills')).toBe(1);
  expect(sample(after, 'temporal_reaper_processes_killed', { cause: 'cancel' })).toBe(one.processes.length);
  expect(sample(after, 'temporal_reaper_survivors')).toBe(0);
  expect(sample(after, 'temporal_reaper_kill_duration_count')).toBe(1);
  expect(sample(after, 'temporal_reaper_guardian_kills')).toBeUndefined();

  const two = await running(first);
  await first.worker.kill();
  await dead(two.processes);
  // The report is written when the last of them is dead, and read at the start of the next worker.
  let next = await measuredWorker();
  await waitUntil(
    'the guardian’s kill is counted',
    async () => {
      if (sample(await next.metrics(), 'temporal_reaper_guardian_kills', { result: 'dead' }) === 1) return true;
      await next.worker.stop();
      next = await measuredWorker();
      return false;
    },
    { timeoutMs: 60_000 },
  );
});
