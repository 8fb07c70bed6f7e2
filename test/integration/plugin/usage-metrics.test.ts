import { type ChildProcess, spawn } from 'node:child_process';
import type { ContainmentLevel } from '../../../src/contract/kill-report';
import { ownLevels } from '../../zoo/environments';
import { type Program, Scene, dead, endOf, extension } from '../../fixtures/plugin/scene';
import { isRunning, procFile, processesWithArgument } from '../../helpers/kernel-oracle';
import { type Sample, freePort, scrapeOwn, sumOf } from '../../helpers/scrape';
import { waitUntil } from '../../helpers/wait-until';

jest.setTimeout(300_000);

let scene: Scene;
let stranger: ChildProcess;
beforeAll(async () => {
  scene = await Scene.open('usage');
  stranger = spawn('sleep', ['600'], { stdio: 'ignore' });
});
afterAll(async () => {
  stranger?.kill('SIGKILL');
  await scene?.end();
});

interface Measured {
  taskQueue: string;
  signal: (signal: NodeJS.Signals) => void;
  output: () => string;
  /** The value for an activity type; 0 without a sample. */
  value: (metric: string, activityType: string) => Promise<number>;
  samples: () => Promise<Sample[]>;
}

async function measuredWorker(containment: ContainmentLevel | 'auto', extend?: string): Promise<Measured> {
  const prometheus = `127.0.0.1:${await freePort()}`;
  const plugin = { hostId: scene.hostId, containment };
  const worker = await scene.worker({ prometheus, plugin, extend });
  const samples = (): Promise<Sample[]> => scrapeOwn(prometheus);
  const value: Measured['value'] = async (metric, activityType) => {
    const labels = { namespace: scene.namespace, activity_type: activityType };
    return sumOf(await samples(), `temporal_reaper_${metric}`, labels) ?? 0;
  };
  const signal = (name: NodeJS.Signals): void => void worker.child.kill(name);
  return { taskQueue: worker.taskQueue, signal, output: worker.output, value, samples };
}

/** What the kernel shows of a program: its processes all have the folder's name in their arguments. */
const processesOf = (programs: Program[]): number[] => programs.flatMap(({ dir }) => processesWithArgument(dir));

/** Resident memory of processes by the kernel, in bytes. */
function memoryOf(pids: number[]): number {
  const kilobytes = pids.map((pid) => Number(/^VmRSS:\s*(\d+)/m.exec(procFile(pid, 'status') ?? '')?.[1] ?? 0));
  return kilobytes.reduce((sum, each) => sum + each, 0) * 1024;
}

async function reaches(worker: Measured, metric: string, activityType: string, expected: () => number): Promise<void> {
  let last = NaN;
  await waitUntil(
    `${metric} of ${activityType} is what the kernel shows`,
    async () => (last = await worker.value(metric, activityType)) === expected(),
    { timeoutMs: 90_000 },
  ).catch((error: Error) => {
    throw new Error(`${error.message}: it is ${last}, not ${expected()}`);
  });
}

const once = { options: { retry: { maximumAttempts: 1 } } };

describe.each(ownLevels().map((each) => [each.level, each.unavailable] as const))('level %s', (level, unavailable) => {
  (unavailable === undefined ? test : test.skip)(
    'live processes, attempts, memory and processor time are those that the kernel shows; after a cancel, 0',
    async () => {
      const worker = await measuredWorker(level);
      const types = new Set((await worker.samples()).map(({ labels }) => labels.activity_type));
      expect([...types]).toEqual([undefined]); // nothing has run: no series at all

      const chains = [scene.program('forks-children'), scene.program('forks-children')];
      const [leaver, untracked] = [scene.program('leaves-session'), scene.program('forever')];
      const [daemon, program] = [untracked, leaver].map(({ args: [command, args] }) => ({ command, args }));
      const handle = await scene.start(worker.taskQueue, 'runAll', [
        ...chains.map((chain) => chain.step(once)),
        { name: 'runBesides', args: [daemon, program], ...once },
      ]);
      const all = [...(await chains[0].started()), ...(await chains[1].started()), ...(await leaver.started())];
      const [outside] = await untracked.started();
      expect(processesOf(chains)).toHaveLength(10);

      await reaches(worker, 'processes', 'run', () => processesOf(chains).length);
      await reaches(worker, 'processes', 'runBesides', () => processesOf([leaver]).length);
      expect(await worker.value('attempts', 'run')).toBe(2);
      expect(await worker.value('attempts', 'runBesides')).toBe(1);
      const [measured, shown] = [await worker.value('process_memory', 'run'), memoryOf(processesOf(chains))];
      expect(measured / shown).toBeGreaterThan(0.7);
      expect(measured / shown).toBeLessThan(1.3);
      // Ten times the start of a Node.
      expect(await worker.value('process_cpu', 'run')).toBeGreaterThan(100);
      // What runs outside of the attempts lives, and is in no series: the stranger, the untracked one, the guardian.
      expect([stranger.pid as number, outside.pid].map((pid) => isRunning(pid))).toEqual([true, true]);
      const samples = (await worker.samples()).filter(({ name }) => name === 'temporal_reaper_processes');
      expect(samples.map(({ labels }) => labels)).toEqual(
        expect.arrayContaining([
          { namespace: scene.namespace, activity_type: 'run' },
          { namespace: scene.namespace, activity_type: 'runBesides' },
        ]),
      );
      expect(samples).toHaveLength(2);

      await handle.cancel();
      expect(await endOf(handle)).toBe('CANCELLED');
      await dead(all);
      for (const metric of ['processes', 'attempts', 'process_memory']) {
        await reaches(worker, metric, 'run', () => 0);
        await reaches(worker, metric, 'runBesides', () => 0);
      }
      expect(sumOf(await worker.samples(), 'temporal_reaper_kills', { cause: 'cancel' })).toBe(3);
      expect([stranger.pid as number, outside.pid].map((pid) => isRunning(pid))).toEqual([true, true]);
      process.kill(outside.pid, 'SIGKILL');
    },
  );
});

test('a reaper thread that replaces a crashed one takes over the gauges: what died meanwhile is not shown', async () => {
  const worker = await measuredWorker('auto', extension('crash-reaper'));
  const [stays, ends] = [scene.program('forks-children'), scene.program('forever')];
  const [command, args] = ends.args;
  const handle = await scene.start(worker.taskQueue, 'runAll', [stays.step(once)]);
  const other = await scene.start(worker.taskQueue, 'runAll', [
    { name: 'runProgram', args: [{ command, args }], ...once },
  ]);
  const [staying, [ending]] = [await stays.started(), await ends.started()];
  await reaches(worker, 'processes', 'run', () => processesOf([stays]).length);
  await reaches(worker, 'processes', 'runProgram', () => 1);
  const cpuBefore = await worker.value('process_cpu', 'run');

  worker.signal('SIGWINCH');
  process.kill(ending.pid, 'SIGKILL');
  expect(await endOf(other)).toBe('FAILED');
  await waitUntil('a new thread has taken over', () => worker.output().includes('A new reaper thread has taken over'));
  await reaches(worker, 'processes', 'runProgram', () => 0);
  await reaches(worker, 'processes', 'run', () => processesOf([stays]).length);
  // What they had used before is not counted again; they beat on, which costs little.
  expect(await worker.value('process_cpu', 'run')).toBeLessThan(1.9 * cpuBefore);

  await handle.cancel();
  expect(await endOf(handle)).toBe('CANCELLED');
  await dead(staying);
  await reaches(worker, 'processes', 'run', () => 0);
});
