import type { Info } from '@temporalio/activity';
import { monotonicMs } from '../process/clock';
/**
 * When Temporal times an attempt out for a missing heartbeat, as far as this process can know. In shared memory, because
 * the reaper thread reads it while the main loop may be blocked.
 */
export class BeatDeadline {
  private readonly cell: Float64Array<SharedArrayBuffer>;

  constructor(readonly memory: SharedArrayBuffer = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)) {
    this.cell = new Float64Array(memory);
  }

  /** On the clock of `monotonicMs`. */
  get at(): number {
    return this.cell[0];
  }

  set at(ms: number) {
    this.cell[0] = ms;
  }
}

/**
 * Models which of the user's heartbeats the SDK sends: the first at once, then the latest of each throttle window at its
 * end (sdk-core, `activity_heartbeat_manager.rs`).
 */
export class SentBeats {
  readonly deadline = new BeatDeadline();
  private windowEnd = 0;
  private isHeldBack = false;

  /** @param startedAt when the attempt began, by `monotonicMs`: counts as its first heartbeat */
  constructor(
    private readonly timeoutMs: number,
    private readonly throttleMs: number,
    startedAt: number,
  ) {
    this.deadline.at = startedAt + timeoutMs;
  }

  /** Notes a heartbeat that the user sends at that time. */
  beat(now: number): void {
    if (this.isHeldBack && now >= this.windowEnd) {
      this.isHeldBack = false;
      this.windowEnd += this.throttleMs;
    }
    if (now < this.windowEnd) {
      this.isHeldBack = true;
      this.deadline.at = this.windowEnd + this.timeoutMs;
    } else {
      this.windowEnd = now + this.throttleMs;
      this.deadline.at = now + this.timeoutMs;
    }
  }
}

/** Undefined for an attempt without a heartbeat timeout. */
export function sentBeatsOf(
  { heartbeatTimeoutMs: timeoutMs = 0 }: Pick<Info, 'heartbeatTimeoutMs'>,
  worker: { heartbeatThrottleMs(timeoutMs: number): number },
): SentBeats | undefined {
  if (timeoutMs === 0) return undefined;
  return new SentBeats(timeoutMs, worker.heartbeatThrottleMs(timeoutMs), monotonicMs());
}
