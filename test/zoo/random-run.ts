import type { ContainmentLevel } from '../../src/contract/kill-report';
import type { Puppet, PuppetTheatre } from './puppets';
import { Model } from './model';
import type { ZooHost } from './zoo-host';

const ATTEMPTS = 4;
const MOST_PROCESSES = 40;
const TRACE = 25;

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How often each step is made. */
const weights = {
  spawn: 16,
  'spawn untracked': 3,
  fork: 30,
  daemon: 9,
  setsid: 9,
  setpgid: 8,
  emptyenv: 8,
  ignore: 1,
  exit: 14,
  kill: 4,
};
type Step = keyof typeof weights;

/** What a run has done. */
export interface Tally {
  steps: number;
  kills: number;
  processes: number;
  killed: number;
  /** Seen alive, each after a kill that was not to reach it. */
  spared: number;
}

/** Makes random steps on real processes and on the model, and compares them after each kill. */
export class RandomRun {
  readonly tally: Tally = { steps: 0, kills: 0, processes: 0, killed: 0, spared: 0 };
  private readonly random: () => number;
  private readonly model = new Model();
  /** Open attempts, with all roots that each has ever had. */
  private readonly attempts = new Map<string, string[]>();
  private readonly trace: string[] = [];
  private ids = 0;

  constructor(
    private readonly host: ZooHost,
    private readonly theatre: PuppetTheatre,
    /** Whose promise the host must keep. */
    private readonly level: ContainmentLevel,
    private readonly seed: number,
  ) {
    this.random = randomOf(seed);
  }

  /** @throws Error with the seed and the last steps, when a process lives or dies that should not. */
  async run(steps: number): Promise<Tally> {
    try {
      for (let at = 0; at < ATTEMPTS; at++) await this.openAttempt();
      while (this.tally.steps < steps) await this.step();
    } catch (error) {
      const last = this.trace.slice(-TRACE).join('\n  ');
      const where = `step ${this.tally.steps} of ZOO_SEED=${this.seed} at level ${this.level}`;
      throw new Error(`${(error as Error).message}\n${where}; the last steps:\n  ${last}`);
    }
    return this.tally;
  }

  private pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)];
  }

  private pickStep(): Step {
    if (this.model.living.size === 0) return 'spawn';
    if (this.model.living.size >= MOST_PROCESSES) return this.random() < 0.12 ? 'kill' : 'exit';
    const all = Object.entries(weights) as [Step, number][];
    let left = this.random() * all.reduce((sum, [, weight]) => sum + weight, 0);
    return (all.find(([, weight]) => (left -= weight) < 0) as [Step, number])[0];
  }

  private async step(): Promise<void> {
    this.tally.steps++;
    const step = this.pickStep();
    if (step === 'kill') return this.kill();
    if (step === 'spawn' || step === 'spawn untracked') return this.spawn(step === 'spawn untracked');
    const id = this.pick(step === 'exit' ? this.spareable() : [...this.model.living.keys()]);
    if (step === 'fork' || step === 'daemon') {
      const child = this.newId();
      this.note(`${id} ${step} ${child}`);
      const appears = this.theatre.expect(child);
      await this.tell(id, `${step} ${child}`);
      await appears;
      this.model[step](id, child);
      return;
    }
    this.note(`${id} ${step}`);
    if (step === 'exit') {
      const puppet = this.puppet(id);
      void puppet.tell('exit');
      await puppet.death;
      this.model.die(id);
      this.theatre.puppets.delete(id);
      return;
    }
    const answer = await this.tell(id, step);
    if (step === 'emptyenv') this.model.emptyEnvironment(id);
    if (step === 'ignore' || step === 'emptyenv') return;
    const expected = this.model[step](id) ? 'done' : 'refused';
    if (answer !== expected) throw new Error(`${id} ${step}: the kernel says ${answer}, the model ${expected}`);
  }

  /** At the limit, those whom no attempt has any more; else anybody. */
  private spareable(): string[] {
    const all = [...this.model.living.values()];
    const over = all.filter(({ attempt }) => attempt === undefined || !this.attempts.has(attempt));
    const from = all.length >= MOST_PROCESSES && over.length > 0 ? over : all;
    return from.map(({ id }) => id);
  }

  private async spawn(untracked: boolean): Promise<void> {
    const attempt = this.pick([...this.attempts.keys()]);
    const id = this.newId();
    this.note(`spawn ${id} in ${attempt}${untracked ? ', untracked' : ''}`);
    const appears = this.theatre.expect(id);
    await this.host.ask('start', { attempt, program: this.theatre.program(id), untracked });
    await appears;
    this.model.spawn(id, untracked ? undefined : attempt);
    if (!untracked) this.attempts.get(attempt)?.push(id);
  }

  /** Kills one attempt, or two at once, and asks every process afterwards. */
  private async kill(): Promise<void> {
    const names = [...this.attempts.keys()];
    const first = this.pick(names);
    const killed = this.random() < 0.2 ? [first, this.pick(names.filter((name) => name !== first))] : [first];
    this.note(`kill ${killed.join(' and ')}`);
    const victims = killed.map((name) => this.model.victims(name, this.attempts.get(name) as string[], this.level));
    await this.host.ask('killMany', { attempts: killed });
    this.tally.kills += killed.length;
    const surely = new Set(victims.flatMap((each) => [...each.surely]));
    const perhaps = new Set(victims.flatMap((each) => [...each.perhaps]));
    for (const id of [...this.model.living.keys()]) await this.check(id, surely.has(id), perhaps.has(id));
    for (const name of killed) {
      await this.host.ask('close', { attempt: name, how: 'throws' });
      this.attempts.delete(name);
      await this.openAttempt();
    }
  }

  private async check(id: string, mustDie: boolean, mayDie: boolean): Promise<void> {
    const puppet = this.puppet(id);
    const about = JSON.stringify(this.model.get(id));
    const alive = puppet.isRunning;
    if (alive && mustDie) throw new Error(`It lives, and the model says it is dead: ${about}, pid ${puppet.pid}`);
    if (!alive && !mayDie) throw new Error(`It is dead, and the model says it lives: ${about}, pid ${puppet.pid}`);
    if (alive) {
      if ((await puppet.tell('ping')) !== 'done') throw new Error(`It does not answer any more: ${about}`);
      this.tally.spared++;
      return;
    }
    await puppet.death;
    this.model.die(id);
    this.theatre.puppets.delete(id);
    this.tally.killed++;
  }

  private async tell(id: string, command: string): Promise<string> {
    const answer = await this.puppet(id).tell(command);
    if (answer === 'dead') throw new Error(`${id} is dead, and nobody has killed it`);
    return answer;
  }

  private puppet(id: string): Puppet {
    const puppet = this.theatre.puppets.get(id);
    if (!puppet) throw new Error(`There is no puppet ${id}`);
    return puppet;
  }

  private newId(): string {
    this.tally.processes++;
    return `p${++this.ids}`;
  }

  private async openAttempt(): Promise<void> {
    const name = `m${++this.ids}`;
    await this.host.open(name);
    this.attempts.set(name, []);
  }

  private note(what: string): void {
    this.trace.push(what);
    if (this.trace.length > 200) this.trace.shift();
  }
}
