import type { ActivateInput } from '@temporalio/workflow';
import { type Awaited, type Job, isHeard } from './workflow-awaited';
import type { RunEnd } from './workflow-run-end';
import { sdkState } from './workflow-sdk-state';

/** Within this many microtasks, all has been done that follows from a job, also by way of a user's interceptors. */
const SETTLE_TICKS = 256;

/**
 * Brings the jobs of activations into an order that a replay repeats.
 *
 * Live, the results of local activities come in one activation each, or in one activation, as time has it; a replay hands over
 * all at once that came within a workflow task. What follows from a job for the interceptor would then depend on microtasks.
 * So such a job takes effect when all has been done that follows from those before it. If it lets a cancel through that
 * sdk-core answers by itself, in the next activation, that answer is next; only then do the jobs after it take effect.
 */
export class JobOrder {
  /** Their turn is after the cancels that the next activation answers. */
  private held: Job[][] = [];

  constructor(
    private readonly awaited: Awaited,
    private readonly end: RunEnd,
  ) {}

  activate(input: ActivateInput, next: (input: ActivateInput) => void): void {
    const jobs = input.activation.jobs ?? [];
    if (!jobs.some(isHeard)) {
      next(input);
      return;
    }
    const handOver = (part: Job[]): void => {
      const seen = this.end.hearable(part);
      this.awaited.noteAnswered(part);
      next({ ...input, activation: { ...input.activation, jobs: seen } });
    };
    const [first, ...rest] = this.inParts(jobs);
    handOver(first);
    if (rest.length > 0) void this.handOverInTurn(rest, handOver);
  }

  /** Jobs of one part take effect together, as without us. */
  private inParts(jobs: Job[]): Job[][] {
    const cancels = jobs.filter((job) => this.awaited.isCancel(job));
    const parts = cancels.length > 0 ? [cancels] : [];
    parts.push(...this.held);
    this.held = [];
    let isAlone = true;
    for (const job of jobs) {
      if (cancels.includes(job)) continue;
      const isOurs = this.awaited.isOurs(job);
      if (isAlone || isOurs) parts.push([job]);
      else parts[parts.length - 1].push(job);
      isAlone = isOurs;
    }
    return parts;
  }

  private async handOverInTurn(parts: Job[][], handOver: (part: Job[]) => void): Promise<void> {
    while (parts.length > 0) {
      await settled();
      if (!this.end.hasCome && this.awaited.hasCancelAmong(sdkState().commands)) {
        this.held = parts;
        return;
      }
      handOver(parts[0]);
      parts = parts.slice(1);
    }
  }
}

/** As if the activation ended here: the SDK looks at conditions once all microtasks have run, and again if one was met. */
async function settled(): Promise<void> {
  const { blockedConditions } = sdkState();
  for (let isMet = true; isMet;) {
    for (let tick = 0; tick < SETTLE_TICKS; tick++) await Promise.resolve();
    isMet = false;
    for (const [seq, condition] of blockedConditions) {
      if (!condition.fn()) continue;
      condition.resolve();
      blockedConditions.delete(seq);
      isMet = true;
    }
  }
}
