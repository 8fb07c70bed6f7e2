import type { LedgerEntry } from '../../tracking/ledger';

/**
 * A host that is cut off, from the server or with it, loses its attempts: whatever beats they send, none has arrived for a
 * heartbeat timeout, and another host may run the next attempt by now. One answer shows that it is not.
 */
export class Silence {
  /** Unix time in ms of the latest answer. */
  answeredAt = Date.now();
  /** Unix time in ms at which the first question began that nobody has answered, since somebody did. */
  private since: number | undefined;

  constructor(private readonly onSilence: (entry: LedgerEntry, reason: string) => void) {}

  /** Whether the latest questions had no answer. */
  get hasBegun(): boolean {
    return this.since !== undefined;
  }

  answered(): void {
    this.answeredAt = Date.now();
    this.since = undefined;
  }

  /** Nobody has answered for these attempts, which are all that are watched, since that Unix time in ms. */
  note(unheard: LedgerEntry[], beganAt: number): void {
    this.since ??= Math.max(beganAt, this.answeredAt);
    const silentMs = Date.now() - this.since;
    for (const entry of unheard) {
      const { heartbeatTimeoutMs } = entry;
      if (heartbeatTimeoutMs === 0 || silentMs < heartbeatTimeoutMs) continue;
      this.onSilence(entry, `Temporal has not answered for its heartbeat timeout (${heartbeatTimeoutMs} ms)`);
    }
  }
}
