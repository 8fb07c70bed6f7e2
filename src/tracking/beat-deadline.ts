/**
 * When Temporal gives an attempt up for want of a heartbeat, as far as this process can know; in shared memory, because
 * the reaper's thread looks at it while the main loop may be blocked.
 */
export class BeatDeadline {
  private readonly cell: Float64Array<SharedArrayBuffer>;

  constructor(readonly memory: SharedArrayBuffer = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)) {
    this.cell = new Float64Array(memory);
  }

  /** Unix time in ms. */
  get at(): number {
    return this.cell[0];
  }

  set at(unixMs: number) {
    this.cell[0] = unixMs;
  }
}

/**
 * Follows which of the user's heartbeats the SDK sends: the first at once, then the latest of each throttle window at
 * its end (sdk-core, `activity_heartbeat_manager.rs`).
 */
export class SentBeats {
  readonly deadline = new BeatDeadline();
  private windowEnd = 0;
  private isHeldBack = false;

  /** @param startedAt Unix time in ms at which the attempt began, which counts as its first beat */
  constructor(
    private readonly timeoutMs: number,
    private readonly throttleMs: number,
    startedAt: number,
  ) {
    this.deadline.at = startedAt + timeoutMs;
  }

  /** Notes a heartbeat of the user at this Unix time in ms. */
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
