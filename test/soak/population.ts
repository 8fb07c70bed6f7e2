import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FixtureName } from '../fixtures/processes';
import type { Step } from '../fixtures/workflows';
import { isRunning, processesWithArgument, startTicks } from '../helpers/kernel-oracle';
import { Processes } from '../integration/cancel/suite';
import type { Lab } from '../matrix/lab';

/** Somebody who is to live to the end, whatever is ended around him. */
interface Survivor {
  name: string;
  isAlive(): boolean;
  goesOn(): Promise<void>;
}

async function isGoingOn(survivor: Survivor): Promise<boolean> {
  try {
    await survivor.goesOn();
    return true;
  } catch {
    return false; // it has not beaten for 15 s
  }
}

/**
 * The reference model's other half: who must live. An attempt that nobody ends, a daemon that was started untracked, what
 * an activity has left with `leftovers: 'leave'`, and a process that has nothing to do with Temporal.
 */
export class Population {
  private readonly survivors: Survivor[] = [];
  private readonly lost = new Set<string>();
  /** What their command lines hold. */
  private readonly dirs: string[] = [];

  private constructor(private readonly lab: Lab) {}

  static async on(lab: Lab, queues: string[], leavingQueue: string): Promise<Population> {
    const population = new Population(lab);
    for (const queue of queues) {
      await population.addBystander(queue);
      await population.addUntracked(queue);
    }
    await population.addLeftover(leavingQueue);
    const stranger = await lab.run.start('forever');
    const [pid, ticks] = [stranger.pidOf('main'), startTicks(stranger.pidOf('main'))];
    population.dirs.push(stranger.dir);
    population.survivors.push({
      name: 'a process that nobody of Temporal has started',
      isAlive: () => isRunning(pid, ticks),
      goesOn: () => lab.run.beatsGoOn(stranger.beatFile('main')),
    });
    return population;
  }

  /** Names of those who have died since the last look; each is told once. */
  async hit(): Promise<string[]> {
    const dead: string[] = [];
    for (const survivor of this.survivors.filter(({ name }) => !this.lost.has(name))) {
      if (survivor.isAlive() && (await isGoingOn(survivor))) continue;
      this.lost.add(survivor.name);
      dead.push(survivor.name);
    }
    return dead;
  }

  /** Living processes of theirs. */
  pids(): number[] {
    return this.dirs.flatMap((dir) => processesWithArgument(`${dir}\0`));
  }

  private add(name: string, processes: Processes, roles: string[], firstAttempt: boolean): void {
    this.dirs.push(processes.dir);
    this.survivors.push({
      name,
      isAlive: () => processes.alive().length === roles.length && (!firstAttempt || processes.attempts().length === 1),
      goesOn: () => processes.goOn(5, roles),
    });
  }

  private new(name: FixtureName = 'forever'): Processes {
    return new Processes(name, this.lab.run.newDir(), {});
  }

  private async addBystander(queue: string): Promise<void> {
    const processes = this.new();
    await this.lab.start('workflows', 'runAll', [[{ ...processes.step(), taskQueue: queue }]]);
    await processes.started();
    this.add(`the attempt on ${queue} that nobody ends`, processes, ['main'], true);
  }

  private async addUntracked(queue: string): Promise<void> {
    const [daemon, killed] = [this.new(), this.new()];
    const step: Step = { name: 'runBesides', args: [daemon.program, killed.program], taskQueue: queue };
    const handle = await this.lab.start('workflows', 'runAll', [[step]]);
    for (const processes of [daemon, killed]) await processes.started();
    await handle.cancel();
    await killed.died();
    this.add(`the untracked daemon on ${queue}`, daemon, ['main'], false);
  }

  private async addLeftover(queue: string): Promise<void> {
    const processes = this.new();
    const file = join(processes.dir, 'end');
    const step: Step = { name: 'endWhen', args: [processes.program, 'returns', file], taskQueue: queue };
    const handle = await this.lab.start('workflows', 'runAll', [[step]]);
    await processes.started();
    writeFileSync(file, '');
    await handle.result();
    this.add(`what an activity has left on ${queue}`, processes, ['main'], false);
  }
}
