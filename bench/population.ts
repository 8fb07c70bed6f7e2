import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { BenchRun } from './bench-run';
import { DeathWitness } from './witness';

const START_LIMIT_MS = 60_000;
const END_LIMIT_MS = 20_000;

/** A run with one process. */
interface Held {
  handle: WorkflowHandle;
  witness: DeathWitness;
}

/** Ways to end a run whose workflow does not use temporal-reaper. */
export const ENDINGS = {
  terminate: (handle: WorkflowHandle) => handle.terminate(),
  close: (handle: WorkflowHandle) => handle.signal('leave'),
  cancel: (handle: WorkflowHandle) => handle.cancel(),
};
export type Ending = keyof typeof ENDINGS;

/** A number of runs on one host, each with a process; when the oldest is ended, a new one takes its place. */
export class Population {
  private readonly held: Held[] = [];

  constructor(
    private readonly run: BenchRun,
    private readonly queues: { workflows: string; activities: string },
  ) {}

  async grow(size: number): Promise<void> {
    while (this.held.length < size) await Promise.all(Array.from({ length: 10 }, () => this.add()));
  }

  /** Returns the time from the call to the death, in ms. */
  async endOldest(ending: Ending): Promise<number> {
    const held = this.held.shift() as Held;
    const requested = performance.now();
    await ENDINGS[ending](held.handle);
    const late = new AbortController();
    const deadAt = await Promise.race([
      held.witness.dead,
      sleep(END_LIMIT_MS, undefined, { signal: late.signal }).catch(() => undefined), // aborted by us
    ]);
    late.abort();
    if (deadAt === undefined) await this.run.noteFailure(`${ending}: alive after ${END_LIMIT_MS} ms`, held.handle);
    await this.add();
    return (deadAt ?? performance.now()) - requested;
  }

  /** Terminates all at once. Returns for each the time to the server's answer, to its death, and between the two, in ms. */
  async endAll(): Promise<{ answered: number[]; dead: number[]; deadAfterAnswer: number[] }> {
    const held = this.held.splice(0);
    const requested = performance.now();
    const deaths = Promise.all(held.map(({ witness }) => witness.dead));
    const answered = await Promise.all(
      held.map(async ({ handle }) => {
        await handle.terminate();
        return performance.now() - requested;
      }),
    );
    const dead = (await deaths).map((at) => at - requested);
    return { answered, dead, deadAfterAnswer: dead.map((at, index) => at - answered[index]) };
  }

  private async add(): Promise<void> {
    const witness = new DeathWitness(this.run.folder);
    const handle = await this.run.client.workflow.start('holdUntilLeft', {
      taskQueue: this.queues.workflows,
      workflowId: `bench-${randomUUID()}`,
      args: [{ fifo: witness.path, taskQueue: this.queues.activities }],
    });
    const late = new AbortController();
    const isUp = await Promise.race([
      witness.up.then(() => true),
      sleep(START_LIMIT_MS, false, { signal: late.signal }).catch(() => false), // aborted by us
    ]);
    late.abort();
    if (!isUp) throw new Error('A process does not start');
    this.held.push({ handle, witness });
  }
}
