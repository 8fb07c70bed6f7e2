import { monotonicMs } from '../../process/clock';
import { GRPC_STATUS, grpcStatus, isUnreachable } from '../../server/grpc-status';
import type { LongPoll } from './long-poll';
import type { PollBudget } from './poll-budget';

/** An unwanted poll cannot be withdrawn, so it may last at most about as long as its run has been watched. */
const FIRST_HOLD_MS = 2_000;
const LONGEST_HOLD_MS = 20_000;
const PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** Polls of a busy run that end sooner would become a stream of requests. */
const SHORTEST_MS = 50;

export interface RunPollEvents {
  /** Whether an attempt of the run is still watched. */
  isWanted: () => boolean;
  /** Whether one of the watched attempts may have processes. */
  hasProcesses: () => boolean;
  /** The server has answered, with whatever result. */
  onAnswer: () => void;
  onClosed: () => void;
  /** Something has happened; the server has to be asked what. */
  onNews: () => Promise<void>;
  onError: (error: unknown) => void;
  /** The poll is no longer wanted. */
  onEnd: () => void;
}

/** Runs one long poll after another for one run, as long as an attempt of the run is watched. */
export class RunPoll {
  private timer: NodeJS.Timeout | undefined;
  private beginsAt = Infinity;
  private hasBegun = false;
  private stopped = false;
  private isDown = false;

  constructor(
    private readonly poll: LongPoll,
    private readonly budget: PollBudget,
    private readonly events: RunPollEvents,
  ) {}

  /** Whether everything that a poll can show would show at once. */
  get isUpToDate(): boolean {
    return this.hasBegun && !this.isDown && this.poll.isUpToDate;
  }

  /** Begins after that time, or when already planned, whichever is sooner. */
  beginWithin(ms: number): void {
    const at = monotonicMs() + ms;
    if (this.hasBegun || at >= this.beginsAt) return;
    this.beginsAt = at;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.run(), ms).unref();
  }

  /** Leaves an open poll alone: it cannot be withdrawn. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async run(): Promise<void> {
    this.hasBegun = true;
    let failures = 0;
    let holdMs = FIRST_HOLD_MS;
    while (!this.stopped && this.events.isWanted()) {
      this.isDown = !this.budget.take(this.events.hasProcesses());
      if (this.isDown) {
        await this.pause(PAUSE_MS);
        continue;
      }
      const beganAt = monotonicMs();
      try {
        const news = await this.poll.next(holdMs).finally(() => this.budget.giveBack());
        if (this.stopped) return;
        failures = 0;
        this.budget.answered();
        this.events.onAnswer();
        if (news === 'nothing') holdMs = Math.min(holdMs * 2, LONGEST_HOLD_MS);
        // An attempt that ended meanwhile has told us before it told the server: let that message in first.
        else await new Promise((resolve) => setImmediate(resolve));
        if (news === 'news') await this.events.onNews();
        if (news === 'closed') {
          this.events.onClosed();
          await this.pause(PAUSE_MS); // then a kill that found nothing is repeated
        }
      } catch (error) {
        if (this.stopped) return;
        await this.failed(error, failures++);
        continue;
      }
      const tookMs = monotonicMs() - beganAt;
      if (!this.poll.isUpToDate && tookMs < SHORTEST_MS) await this.pause(PAUSE_MS);
    }
    if (!this.stopped) this.events.onEnd();
  }

  private async failed(error: unknown, failures: number): Promise<void> {
    this.isDown = true;
    this.poll.reset();
    const status = grpcStatus(error);
    if (status === GRPC_STATUS.NOT_FOUND) await this.events.onNews();
    // The SDK retries for longer than a call may take, so a server that refuses looks like a slow one.
    else if (status === GRPC_STATUS.RESOURCE_EXHAUSTED || isUnreachable(error)) this.budget.refused();
    else this.events.onError(error);
    await this.pause(Math.min(PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS));
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => (this.timer = setTimeout(resolve, ms).unref()));
  }
}
