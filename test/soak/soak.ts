import { setTimeout as delay } from 'node:timers/promises';
import { type Ending, endings } from '../matrix/endings';
import { processesWithArgument } from '../helpers/kernel-oracle';
import type { Lab } from '../matrix/lab';
import { type CellPlan, nameOf } from '../matrix/plan';
import { type Result, runAll } from '../matrix/run';
import { blocks, routesOf, shapes } from '../matrix/shapes';
import { Meter } from './meter';
import { Population } from './population';
import { Random } from './random';

/** Cells at a time, and how many of them may need what there is little of. */
const AT_ONCE = 5;
const limits = { shared: AT_ONCE, 'own worker': 1, blocked: 1, both: 1 };
type Lane = keyof typeof limits;

/** Each is a host of its own. */
const QUEUES = ['soak-1', 'soak-2'];
const LOOK_MS = 10_000;
const SAMPLE_MS = 2_000;
/** What comes before counts for no slope and no growth: caches fill, code is compiled. */
const WARM_UP = 0.3;
/** A worker closes the pipes of what has died in its own time. */
const SETTLE_MS = 15_000;
/** Connections to the server come and go. */
const MORE_DESCRIPTORS = 3;

export interface SoakReport {
  seed: number;
  /** How often each ending was tried, and how often it came out as it must. */
  endings: Record<string, { tried: number; passed: number }>;
  /** Processes that were alive and had to be dead. */
  leaks: string[];
  /** Those who had to live, and are dead. */
  strangers: string[];
  /** Attempts or workflows that did not end as they must, without a leak. */
  wrong: string[];
  workers: { name: string; descriptors: number; kinds: string; privateMb: number; mbPerHour: number }[];
}

/** Whether a run found nothing. */
export function isClean({ leaks, strangers, wrong, workers }: SoakReport): boolean {
  return [leaks, strangers, wrong, workers.filter(growsDescriptors)].every(({ length }) => length === 0);
}

export function growsDescriptors({ descriptors }: { descriptors: number }): boolean {
  return descriptors > MORE_DESCRIPTORS;
}

function laneOf({ worker }: Ending, plans: CellPlan[]): Lane {
  if (worker?.own) return 'own worker';
  if (worker?.queue === 'both') return 'both';
  return plans.some(({ route }) => blocks(route)) ? 'blocked' : 'shared';
}

/** Random endings over random shapes, on several workers and hosts, beside those who must live. */
export class Soak {
  private readonly random: Random;
  private readonly busy: Record<Lane, number> = { shared: 0, 'own worker': 0, blocked: 0, both: 0 };
  private readonly meters: Meter[] = [];
  readonly report: SoakReport;
  private population!: Population;
  private jobs = 0;

  constructor(
    private readonly lab: Lab,
    seed: number,
    private readonly say: (line: string) => void,
  ) {
    this.random = new Random(seed);
    this.report = { seed, endings: {}, leaks: [], strangers: [], wrong: [], workers: [] };
  }

  async run(minutes: number): Promise<SoakReport> {
    const fixtureOf = (queue: string): object | undefined => {
      return endings.find(({ worker }) => worker?.queue === queue)?.worker?.fixture;
    };
    for (const queue of ['workflows', ...QUEUES, 'leaves', 'kills', 'blocked-1']) {
      const worker = await this.lab.worker(queue, fixtureOf(queue), QUEUES.includes(queue) ? queue : undefined);
      this.meters.push(new Meter(queue, worker));
    }
    this.population = await Population.on(this.lab, QUEUES, 'leaves');
    const begunAt = Date.now();
    const lengthMs = minutes * 60_000;
    const looks = setInterval(() => void this.look(begunAt), LOOK_MS);
    const samples = setInterval(() => this.meters.forEach((meter) => meter.sample()), SAMPLE_MS);
    try {
      await this.workUntil(begunAt + WARM_UP * lengthMs);
      this.meters.forEach((meter) => meter.rest());
      await this.workUntil(begunAt + lengthMs);
    } finally {
      clearInterval(looks);
      clearInterval(samples);
    }
    await this.look(begunAt);
    await this.measure();
    await this.findForgotten();
    return this.report;
  }

  /** Runs cells until the time has come, and waits for the last. */
  private async workUntil(end: number): Promise<void> {
    const runners = Array.from({ length: AT_ONCE }, async () => {
      while (Date.now() < end) await this.runOne();
    });
    await Promise.all(runners);
  }

  private async runOne(): Promise<void> {
    const plans = this.draw();
    const lane = laneOf(plans[0].ending, plans);
    if (this.busy[lane] >= limits[lane]) return delay(20); // another draw, then
    this.busy[lane] += 1;
    try {
      await this.try(plans);
    } finally {
      this.busy[lane] -= 1;
    }
  }

  /** Tries cells that are ended together, and notes how they came out. */
  async try(plans: CellPlan[]): Promise<void> {
    await runAll(this.lab, plans, (result) => this.note(result));
  }

  /** One cell; or two that are ended together, where the ending takes the whole worker with it. */
  private draw(): CellPlan[] {
    const { random } = this;
    const drawn = random.pick(endings);
    const own = drawn.worker?.own === true;
    const cells = Array.from({ length: own ? 2 : 1 }, (_, index) => {
      const shape = random.pick(shapes);
      // The main loop of one worker has room for one blocking call.
      const routes = drawn.routes ?? routesOf(shape, Boolean(drawn.mayBlock) && index === 0);
      return { shape, route: random.pick(routes), plugin: true, setting: 'default' as const };
    });
    const ending = this.placed(
      drawn,
      cells.some(({ route }) => blocks(route)),
    );
    return cells.map((cell) => ({ ...cell, ending }));
  }

  /** The same ending on a worker of its own that nobody has used, or on one of the hosts. */
  private placed(ending: Ending, isBlocking: boolean): Ending {
    const { worker } = ending;
    if (worker?.own) return { ...ending, worker: { ...worker, queue: `${worker.queue}-${++this.jobs}` } };
    if (worker || isBlocking) return ending;
    return { ...ending, worker: { queue: this.random.pick(QUEUES), host: true } };
  }

  private note({ plan, error, left = 0 }: Result): void {
    const { name, outlives } = plan.ending;
    const counts = (this.report.endings[name] ??= { tried: 0, passed: 0 });
    counts.tried += 1;
    if (error === undefined) {
      counts.passed += 1;
      return;
    }
    const text = `${nameOf(plan)}: ${error}`;
    this.say(`FAILED: ${text}`);
    if (outlives) this.report.strangers.push(text);
    else if (left > 0) this.report.leaks.push(text);
    else this.report.wrong.push(text);
  }

  private async look(begunAt: number): Promise<void> {
    this.report.strangers.push(...(await this.population.hit()));
    const { endings: tried, leaks, strangers, wrong } = this.report;
    const cells = Object.values(tried).reduce((sum, it) => sum + it.tried, 0);
    const memory = this.meters.map(({ name, privateMb }) => `${name} ${privateMb.toFixed(0)}`).join(', ');
    const seconds = Math.round((Date.now() - begunAt) / 1000);
    this.say(
      `${seconds} s: ${cells} cells, ${leaks.length} leaks, ${strangers.length} strangers hit, ${wrong.length} wrong ends; MB: ${memory}`,
    );
  }

  private async measure(): Promise<void> {
    const end = Date.now() + SETTLE_MS;
    const grown = (): boolean => this.meters.some((meter) => growsDescriptors({ descriptors: meter.growth().count }));
    while (grown() && Date.now() < end) await delay(200);
    this.report.workers = this.meters.map((meter) => {
      const { count, kinds } = meter.growth();
      const { name, privateMb, mbPerHour } = meter;
      return { name, descriptors: count, kinds, privateMb, mbPerHour };
    });
  }

  /** Whoever is still there, is no worker and was not to live. */
  private async findForgotten(): Promise<void> {
    const workers = await this.lab.started();
    const bystanders = processesWithArgument(`${this.lab.bystander.dir}\0`);
    const known = new Set([...this.population.pids(), ...bystanders, ...workers.map(({ pid }) => pid)]);
    const forgotten = this.lab.run.processes().filter((pid) => !known.has(pid));
    if (forgotten.length > 0) this.report.leaks.push(`alive at the end: ${forgotten.join(', ')}`);
  }
}
