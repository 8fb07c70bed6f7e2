import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type KillReport, survivorsOf } from '../../src/contract/kill-report';
import type { TestRun } from '../fixtures/processes/test-run';
import { beatsIn, isRunning, processesWithArgument, startTicks } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';
import { type Behaviour, expectedIn } from './behaviours';
import type { Environment } from './environments';
import type { HostRoute } from './host/protocol';
import type { ZooHost } from './zoo-host';

/** Programs beat every 5 to 50 ms. */
const QUIET_MS = 120;

/** A behaviour in one environment, by one route. */
export interface Plan {
  environment: Environment;
  behaviour: Behaviour;
  route: HostRoute;
}

/** What came of it. */
export interface Observed {
  /** Who was alive after the kill, round by round; before it, nobody was missing. */
  rounds: string[][];
  report: KillReport;
  error?: string;
}

/** A folder of the run that every user may write to, whose name begins no other's. */
export function openDir(run: TestRun): string {
  const dir = join(run.newDir(), 'zoo');
  mkdirSync(dir);
  for (const path of [run.dir, join(dir, '..')]) chmodSync(path, 0o755);
  chmodSync(dir, 0o777);
  return dir;
}

class Scene {
  private readonly ticks = new Map<string, { pid: number; ticks?: string }>();

  constructor(
    readonly behaviour: Behaviour,
    readonly dir: string,
  ) {}

  private beats(role: string): number {
    return beatsIn(join(this.dir, `${role}.beat`));
  }

  async started(): Promise<void> {
    const { announced, crowd, crowdBeats = 0, exited = [], name } = this.behaviour;
    for (const role of announced) {
      const file = join(this.dir, `${role}.pid`);
      await waitUntil(`${name}: "${role}" is there`, () => existsSync(file), { timeoutMs: 30_000 });
      const pid = Number(readFileSync(file, 'utf8'));
      this.ticks.set(role, { pid, ticks: startTicks(pid) });
    }
    for (const role of exited) {
      const { pid, ticks } = this.ticks.get(role) as { pid: number; ticks?: string };
      await waitUntil(`${name}: "${role}" is reaped`, () => ticks === undefined || startTicks(pid) !== ticks);
    }
    if (crowd) await waitUntil(`${name}: "${crowd}" beats`, () => this.beats(crowd) >= crowdBeats);
  }

  /** Who is alive: for the kernel, or by a beat from within within the time. */
  async alive(): Promise<string[]> {
    const { announced, crowd } = this.behaviour;
    const roles = [...announced, ...(crowd ? [crowd] : [])];
    const before = new Map(roles.map((role) => [role, this.beats(role)]));
    await delay(QUIET_MS);
    const known = new Set<number>();
    const alive = announced.filter((role) => {
      const { pid, ticks } = this.ticks.get(role) as { pid: number; ticks?: string };
      const there = ticks !== undefined && isRunning(pid, ticks);
      if (there) known.add(pid);
      return there || this.beats(role) > (before.get(role) as number);
    });
    const others = processesWithArgument(`${this.dir}\0`).filter((pid) => !known.has(pid));
    if (crowd && (others.length > 0 || this.beats(crowd) > (before.get(crowd) as number))) alive.push(crowd);
    else if (others.length > 0) alive.push(`${others.length} unknown`);
    return alive;
  }

  /** The negative control: nobody of them would have ended by himself. */
  async everybodyLives(): Promise<void> {
    const { announced, crowd, crowdBeats, exited = [], name } = this.behaviour;
    const roles = announced.filter((role) => !exited.includes(role) && !(crowdBeats && role === 'main'));
    const alive = await this.alive();
    const missing = [...roles, ...(crowd && crowdBeats !== undefined ? [crowd] : [])].filter(
      (it) => !alive.includes(it),
    );
    if (missing.length > 0) throw new Error(`${name}: ${missing.join(', ')} died before the kill`);
  }

  /** Ends what is left, whatever it does about signals. */
  async clear(): Promise<void> {
    writeFileSync(join(this.dir, 'all.stop'), '');
    await waitUntil(`${this.behaviour.name}: what survived has ended`, () => {
      const pids = processesWithArgument(`${this.dir}\0`);
      for (const pid of pids) killIfThere(pid);
      return pids.length === 0;
    });
  }
}

export function killIfThere(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function tryOnce(host: ZooHost, run: TestRun, plan: Plan): Promise<{ alive: string[]; report: KillReport }> {
  const { behaviour, environment, route } = plan;
  const dir = openDir(run);
  const scene = new Scene(behaviour, dir);
  try {
    const attempt = await host.open();
    await host.start(attempt, behaviour.program(dir, environment), route);
    await scene.started();
    await host.ask('exits', {}); // one turn of its loop: it has heard of those that have ended
    await scene.everybodyLives();
    const report = await host.kill(attempt);
    const alive = await scene.alive();
    // A level that claims that nobody is left must be right wherever it says that the kernel vouches for it.
    if (report.proof === 'kernel' && survivorsOf(report).length === 0 && alive.length > 0) {
      throw new Error(`The report vouches for the end of ${alive.join(', ')}, alive by the kernel's own word`);
    }
    if (report.level !== environment.level) throw new Error(`The report names the level ${report.level}`);
    await host.ask('close', { attempt, how: 'throws' });
    return { alive, report };
  } finally {
    await scene.clear();
  }
}

/** Tries it, as many rounds as it needs; for a row without a race, one. */
export async function tryPlan(host: ZooHost, run: TestRun, plan: Plan): Promise<Observed> {
  const rounds: string[][] = [];
  let report!: KillReport;
  for (let round = 0; round < (plan.behaviour.rounds ?? 1); round++) {
    const { alive, report: latest } = await tryOnce(host, run, plan);
    rounds.push(alive);
    report = latest;
  }
  return { rounds, report };
}

/**
 * Why what was seen is not what the table says; undefined when it is. Better than said is wrong too; of a race that can
 * only be said of all tries together.
 */
export function discrepancy({ behaviour, environment }: Plan, { rounds }: Observed): string | undefined {
  const expected = expectedIn(behaviour, environment);
  const seen = rounds.map((alive) => alive.join('+') || 'nobody').join(', ');
  if ('always' in expected) {
    const wanted = expected.always.join('+');
    return rounds.every((alive) => alive.join('+') === wanted)
      ? undefined
      : `survived: ${seen}; the table says: ${wanted || 'nobody'}`;
  }
  const other = rounds.some((alive) => alive.some((role) => !expected.sometimes.includes(role)));
  return other ? `survived: ${seen}; the table says: sometimes ${expected.sometimes.join('+')}` : undefined;
}
