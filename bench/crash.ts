/**
 * `npm run bench:crash -- [--runs N] [--json FILE]`: how long after its worker's SIGKILL the last process of an activity is
 * dead, with the guardian, by the sweep of the next worker, and without temporal-reaper; and what it takes in memory.
 */
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchRun } from './bench-run';
import { memoryRows } from './crash-memory';
import { runBenchmark, say } from './program';
import type { Row } from './report';
import { DeathWitness } from './witness';
import type { HoldInput } from './workflows';

const DEFAULT_RUNS = 20;
/** In a round without temporal-reaper, the benchmark waits in vain. */
const CONTROL_ROUNDS = 3;
const CONTROL_MS = 10_000;
const LIMIT_MS = 20_000;
const START_LIMIT_MS = 30_000;

const SHAPES = {
  silent: 'one child',
  shellAndChild: 'shell and child',
  daemon: 'child and daemon',
  many: '50 processes',
} satisfies Partial<Record<HoldInput['activity'], string>>;
type Shape = keyof typeof SHAPES;
const shapes = Object.keys(SHAPES) as Shape[];

const HOW_TO_READ = `
- The clock starts when the benchmark sends SIGKILL to the worker; for the sweep, when it starts the next worker, because the
  time in between does not depend on temporal-reaper. "last death" is the end of a FIFO whose write end every process holds,
  so the kernel reports it, not temporal-reaper.
- All processes obey SIGTERM. With the guardian, each shape has its own worker; otherwise one worker runs all shapes.
- Without temporal-reaper nobody kills the processes: the figure is how long the benchmark waited.
- Memory is the private memory (smaps_rollup) of separate idle processes that were started side by side: the same activity
  worker with and without the plugin. The difference is the reaper thread, its connection and its Workers.
`;

/** Starts activities on one worker, with a witness for the deaths of each. */
async function holdAll(run: BenchRun, taskQueue: string, activities: Shape[]): Promise<Map<Shape, DeathWitness>> {
  const witnesses = new Map(activities.map((shape) => [shape, new DeathWitness(run.folder)]));
  for (const [activity, { path: fifo }] of witnesses) {
    const input: HoldInput = { activity, fifo, taskQueue, heartbeatTimeout: '60s' };
    await run.client.workflow.start('hold', {
      taskQueue: 'workflows',
      workflowId: `bench-${randomUUID()}`,
      args: [input],
    });
  }
  const up = Promise.all([...witnesses.values()].map((witness) => witness.up));
  const late = new AbortController();
  const limit = sleep(START_LIMIT_MS, 'late', { signal: late.signal }).catch(() => undefined); // aborted by us
  if ((await Promise.race([up, limit])) === 'late') throw new Error(`The processes on ${taskQueue} do not start`);
  late.abort();
  return witnesses;
}

async function killWorker(worker: ChildProcess): Promise<number> {
  const at = performance.now();
  const exit = once(worker, 'exit');
  worker.kill('SIGKILL');
  await exit;
  return at;
}

/** Time from `since` to the last death; if that does not happen in time, the time that was waited. */
async function deathMs(
  failures: string[],
  what: string,
  witness: DeathWitness,
  since: number,
  limitMs: number,
): Promise<number> {
  const late = new AbortController();
  const limit = sleep(limitMs, undefined, { signal: late.signal }).catch(() => undefined); // aborted by us
  const at = await Promise.race([witness.dead, limit]);
  late.abort();
  if (at === undefined) failures.push(`${what}: alive after ${limitMs} ms`);
  return (at ?? performance.now()) - since;
}

let workers = 0;
function newQueue(): string {
  return `crash-${++workers}`;
}

async function withGuardian(run: BenchRun, shape: Shape): Promise<number> {
  const taskQueue = newQueue();
  const worker = await run.startWorker({ taskQueue, plugin: true, workflows: false });
  const witnesses = await holdAll(run, taskQueue, [shape]);
  const killedAt = await killWorker(worker);
  return deathMs(run.failures, `guardian, ${SHAPES[shape]}`, witnesses.get(shape) as DeathWitness, killedAt, LIMIT_MS);
}

async function bySweep(run: BenchRun): Promise<Map<Shape, number>> {
  const taskQueue = newQueue();
  const options = { guardian: false, hostId: `bench-${taskQueue}` };
  const worker = await run.startWorker({ taskQueue, plugin: true, workflows: false, options });
  const witnesses = await holdAll(run, taskQueue, shapes);
  await killWorker(worker);
  const startedAt = performance.now();
  const next = run.startWorker({ taskQueue: newQueue(), plugin: true, workflows: false, options });
  const deaths = await Promise.all(
    shapes.map(async (shape): Promise<[Shape, number]> => {
      const witness = witnesses.get(shape) as DeathWitness;
      return [shape, await deathMs(run.failures, `sweep, ${SHAPES[shape]}`, witness, startedAt, LIMIT_MS)];
    }),
  );
  await killWorker(await next);
  return new Map(deaths);
}

async function withoutIt(run: BenchRun): Promise<number[]> {
  const taskQueue = newQueue();
  const worker = await run.startWorker({ taskQueue, plugin: false, workflows: false });
  const witnesses = await holdAll(run, taskQueue, shapes);
  const killedAt = await killWorker(worker);
  const waits = [...witnesses].map(([shape, witness]) => {
    const expected: string[] = []; // no failures: that the processes live is the expected result
    return deathMs(expected, SHAPES[shape], witness, killedAt, CONTROL_MS);
  });
  return Promise.all(waits);
}

async function crashRows(run: BenchRun, runs: number): Promise<Row[]> {
  const guarded = new Map(shapes.map((shape) => [shape, [] as number[]]));
  const swept = new Map(shapes.map((shape) => [shape, [] as number[]]));
  const control: number[] = [];
  for (const shape of shapes) await withGuardian(run, shape); // only a warm-up
  for (let round = 0; round < runs; round++) {
    for (const shape of shapes) guarded.get(shape)?.push(await withGuardian(run, shape));
    for (const [shape, ms] of await bySweep(run)) swept.get(shape)?.push(ms);
    if (round < CONTROL_ROUNDS) control.push(...(await withoutIt(run)));
    if ((round + 1) % 5 === 0) say(`${round + 1} of ${runs} rounds`);
  }
  const unit = 'ms' as const;
  return [
    ...[...guarded].map(([shape, values]): Row => {
      return { group: 'worker killed, guardian', what: `last death, ${SHAPES[shape]}`, unit, values, goal: 500 };
    }),
    ...[...swept].map(([shape, values]): Row => {
      return {
        group: 'no guardian: from the start of the next worker',
        what: `last death, ${SHAPES[shape]}`,
        unit,
        values,
      };
    }),
    { group: 'without temporal-reaper', what: 'last death, all four: they live', unit, values: control },
  ];
}

async function measure(run: BenchRun, runs: number): Promise<{ rows: Row[]; runs: number }> {
  say('memory');
  const memory = await memoryRows(run);
  await run.startWorker({ taskQueue: 'workflows', plugin: false, workflows: true });
  say(`${shapes.length} shapes, ${runs} rounds`);
  return { rows: [...(await crashRows(run, runs)), ...memory], runs };
}

runBenchmark({
  name: 'crash',
  title: 'Crash of a worker, and memory',
  howToRead: HOW_TO_READ,
  defaultRuns: DEFAULT_RUNS,
  needsServer: true,
  measure,
});
