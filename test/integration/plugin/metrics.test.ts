import { type ActivityProcess, Scene, dead, endOf } from '../../fixtures/plugin/scene';
import { type Sample, freePort, scrapeOwn, sumOf } from '../../helpers/scrape';
import { exportedMetrics } from '../../helpers/exported-metrics';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';

jest.setTimeout(180_000);

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open('metrics');
});
afterAll(() => scene?.end());

type Measured = { worker: WorkerProcess & { taskQueue: string }; metrics: () => Promise<Sample[]> };

async function measuredWorker(): Promise<Measured> {
  const prometheus = `127.0.0.1:${await freePort()}`;
  return { worker: await scene.worker({ prometheus }), metrics: () => scrapeOwn(prometheus) };
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
  expect(sumOf(before, 'temporal_reaper_kills')).toBeUndefined();
  expect(sumOf(before, 'temporal_reaper_containment_level')).toBe(1);

  await waitUntil('the processes are measured', async () => {
    return sumOf(await first.metrics(), 'temporal_reaper_process_memory') !== undefined;
  });

  await one.cancel();
  await dead(one.processes);
  await waitUntil('the kill is counted', async () => {
    return sumOf(await first.metrics(), 'temporal_reaper_kills') !== undefined;
  });
  const after = await first.metrics();
  const { namespace } = scene;
  expect(sumOf(after, 'temporal_reaper_kills', { namespace, cause: 'cancel', result: 'dead' })).toBe(1);
  expect(sumOf(after, 'temporal_reaper_kills')).toBe(1);
  expect(sumOf(after, 'temporal_reaper_processes_killed', { cause: 'cancel' })).toBe(one.processes.length);
  expect(sumOf(after, 'temporal_reaper_survivors')).toBe(0);
  expect(sumOf(after, 'temporal_reaper_kill_duration_count')).toBe(1);
  expect(sumOf(after, 'temporal_reaper_guardian_kills')).toBeUndefined();

  // Every name is as it was given: no prefix, and no suffix but those of the histogram.
  const names = [...exportedMetrics()].flatMap(([name, series]) => (name.endsWith('guardian_kills') ? [] : series));
  expect([...new Set(after.map(({ name }) => name))].sort()).toEqual(names.sort());

  const two = await running(first);
  await first.worker.kill();
  await dead(two.processes);
  // The report is written when the last of them is dead, and read at the start of the next worker.
  let next = await measuredWorker();
  await waitUntil(
    'the guardian’s kill is counted',
    async () => {
      if (sumOf(await next.metrics(), 'temporal_reaper_guardian_kills', { result: 'dead' }) === 1) return true;
      await next.worker.stop();
      next = await measuredWorker();
      return false;
    },
    { timeoutMs: 60_000 },
  );
});
