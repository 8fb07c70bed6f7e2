import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '../helpers/wait-until';
import type { Ending } from './endings';
import { Cell, type Lab } from './lab';
import type { CellPlan } from './plan';
import { blocks } from './shapes';

/** How a cell came out. */
export interface Result {
  plan: CellPlan;
  /** Why it failed. */
  error?: string;
  /** Living processes of it when it failed: whatever is said else, they were to be dead, or the ending was to leave them. */
  left?: number;
  /** From the ending to the death of the last process. */
  diedAfterMs?: number;
}

/** Without the plugin, and where they outlive the ending: what the watch needs several times over. */
const QUIET_MS = 3_000;

/** Cells that are ended together, on one worker. */
interface Job {
  ending: Ending;
  plans: CellPlan[];
  lane: string;
}

/** How many jobs of a lane run at a time; a blocked main loop has room for one. */
const lanes: Record<string, number> = { slow: 10, shared: 6, 'own worker': 2, 'blocked-1': 1, 'blocked-2': 1, both: 1 };

function jobsOf(plans: CellPlan[]): Job[] {
  const jobs: Job[] = [];
  const own = new Map<string, Job>();
  let blocking = 0;
  for (const plan of plans) {
    const { ending, plugin, route } = plan;
    const { queue = '', own: alone = false } = ending.worker ?? {};
    const key = `${queue} ${plugin}`;
    const known = own.get(key);
    if (known) {
      known.plans.push(plan);
      continue;
    }
    let lane = ending.dueMs !== undefined ? 'slow' : 'shared';
    if (alone) lane = 'own worker';
    else if (queue === 'both') lane = 'both';
    else if (blocks(route)) lane = `blocked-${(blocking++ % 2) + 1}`;
    const job: Job = { ending, plans: [plan], lane };
    if (alone) own.set(key, job);
    jobs.push(job);
  }
  return jobs;
}

async function openCell(lab: Lab, plan: CellPlan, groupDir: string, lane: string): Promise<Cell> {
  const { ending, plugin, route } = plan;
  const { queue: named = 'shared', own = false, host = false, fixture = {} } = ending.worker ?? {};
  if (!plugin) {
    const workflows = ending.workflows === 'same';
    const alone = own || blocks(route);
    const queue = alone ? `bare-${named}-${blocks(route) ? lane : ''}` : 'bare';
    const worker = await lab.worker(queue, alone ? { ...fixture, workflows, plugin: false } : {});
    return new Cell(lab, plan, queue, workflows ? queue : 'bare', groupDir, worker, lab.hostId);
  }
  const queue = !own && named === 'shared' && blocks(route) ? lane : named;
  const hostName = host ? named : undefined;
  const worker = await lab.worker(queue, fixture, hostName);
  const workflowQueue = ending.workflows === 'same' ? queue : (ending.workflows ?? 'workflows');
  return new Cell(lab, plan, queue, workflowQueue, groupDir, worker, lab.hostIdOf(hostName));
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Runs the cells of one job; each gets a result, whatever happens. */
async function runJob(lab: Lab, { ending, plans, lane }: Job, done: (result: Result) => void): Promise<void> {
  const cells: Cell[] = [];
  try {
    const groupDir = lab.run.newDir();
    for (const plan of plans) cells.push(await openCell(lab, plan, groupDir, lane));
    // Whoever blocks the main loop is last, or the others could not begin.
    const [first, last] = [cells.filter((it) => !blocks(it.plan.route)), cells.filter((it) => blocks(it.plan.route))];
    await Promise.all(first.map((cell) => begin(ending, cell)));
    for (const cell of last) await begin(ending, cell);
    for (const cell of cells) expect([cell.name, cell.processes.alive()]).toEqual([cell.name, cell.roles]);
    await ending.end(cells[0]);
  } catch (error) {
    for (const plan of plans) done({ plan, error: textOf(error) });
    await Promise.all(cells.map((cell) => cell.clear()));
    return;
  }
  const endedAt = performance.now();
  await Promise.all(cells.map((cell) => finish(ending, cell, endedAt).then(done)));
  if (ending.worker?.own) await cells[0].worker.kill();
}

async function begin(ending: Ending, cell: Cell): Promise<void> {
  cell.startedAt = performance.now();
  await ending.start(cell);
  await cell.processes.started();
  cell.readyAt = performance.now();
}

async function finish(ending: Ending, cell: Cell, endedAt: number): Promise<Result> {
  const { plan, processes } = cell;
  const dueAt = ending.dueMs === undefined ? endedAt : cell.startedAt + ending.dueMs;
  try {
    if (!plan.plugin || ending.outlives) {
      if (plan.plugin) await ending.ended(cell);
      await delay(Math.max(0, dueAt - performance.now()) + QUIET_MS);
      await processes.goOn(25, plan.plugin ? undefined : ending.controlled?.roles);
      return { plan };
    }
    // Its attempt may have begun late; it had when its processes were there.
    const lateMs = ending.dueMs === undefined ? 0 : cell.readyAt - cell.startedAt;
    await processes.died(Math.max(0, dueAt - performance.now()) + lateMs + ending.boundMs);
    const diedAfterMs = performance.now() - dueAt;
    if (diedAfterMs < -1_000) throw new Error(`They died ${-diedAfterMs} ms too early`);
    await waitUntil('nothing of it is left, nor any that came late', () => cell.left().length === 0, {
      timeoutMs: 2_000,
    });
    await cell.silent();
    await ending.ended(cell);
    await cell.lab.bystanderGoesOn();
    return { plan, diedAfterMs };
  } catch (error) {
    return { plan, error: textOf(error), left: cell.left().length };
  } finally {
    await cell.clear();
  }
}

/** Tries every cell, as many at a time as the host bears; `done` hears of each. */
export async function runAll(lab: Lab, plans: CellPlan[], done: (result: Result) => void): Promise<void> {
  const byLane = new Map<string, Job[]>();
  for (const job of jobsOf(plans)) byLane.set(job.lane, [...(byLane.get(job.lane) ?? []), job]);
  const runners = [...byLane].flatMap(([lane, jobs]) =>
    Array.from({ length: Math.min(lanes[lane], jobs.length) }, async () => {
      for (let job = jobs.shift(); job; job = jobs.shift()) await runJob(lab, job, done);
    }),
  );
  await Promise.all(runners);
}
