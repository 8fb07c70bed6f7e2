import type { ActivateInput } from '@temporalio/workflow';
import { type Awaited, type Job, isHeard, isOurs } from './workflow-awaited';
import type { RunEnd } from './workflow-run-end';
import { sdkState } from './workflow-sdk-state';

/** The SDK's own conditions have higher ones. */
const OUR_CONDITION = -1;

/**
 * Brings the jobs of activations into an order that a replay repeats.
 *
 * Live, the results of local activities come in an activation each, or several in one, as time has it; a replay hands over all
 * at once that came within a workflow task. What follows from a job for the interceptor would then depend on microtasks.
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
    const [first, ...rest] = this.inParts(jobs);
    const handOver = (part: Job[]): void => {
      const seen = this.end.hearable(part);
      this.awaited.noteAnswered(part);
      const isUnchanged = rest.length === 0 && seen.length === jobs.length;
      next(isUnchanged ? input : { ...input, activation: { ...input.activation, jobs: seen } });
    };
    handOver(first);
    if (rest.length > 0) void this.handOverInTurn(rest, handOver);
  }

  /**
   * Jobs of one part take effect together, as without us. While the end would be held, a local activity's result is a part of
   * its own: the workflow may end by it, and hears of nothing that comes later.
   */
  private inParts(jobs: Job[]): Job[][] {
    const isSplit = this.awaited.holdsEnd;
    const cancels = jobs.filter((job) => this.awaited.isCancel(job));
    const parts = cancels.length > 0 ? [cancels] : [];
    parts.push(...this.held);
    this.held = [];
    let isAlone = true;
    for (const job of jobs) {
      if (cancels.includes(job)) continue;
      const isPart = isOurs(job) || (isSplit && job.resolveActivity?.isLocal === true);
      if (isAlone || isPart) parts.push([job]);
      else parts[parts.length - 1].push(job);
      isAlone = isPart;
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

/**
 * Until the SDK would end the activation: no microtask is left, and no condition is met. It asks the conditions when the
 * microtasks have run; ours comes first, so that it sees whether another one is met.
 */
async function settled(): Promise<void> {
  const { blockedConditions } = sdkState();
  let isOtherMet = false;
  const isSettled = (): boolean => {
    isOtherMet ||= [...blockedConditions].some(([seq, { fn }]) => seq !== OUR_CONDITION && fn());
    // Asked again before the microtasks of the other one have run.
    if (isOtherMet) void Promise.resolve().then(() => (isOtherMet = false));
    return !isOtherMet;
  };
  const others = [...blockedConditions];
  await new Promise<void>((resolve) => {
    blockedConditions.clear();
    blockedConditions.set(OUR_CONDITION, { fn: isSettled, resolve });
    for (const [seq, other] of others) blockedConditions.set(seq, other);
  });
}
