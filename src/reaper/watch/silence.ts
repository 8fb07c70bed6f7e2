import { monotonicMs } from '../../process/clock';
import type { LedgerEntry } from '../../tracking/ledger-entry';

/**
 * A host that is cut off from the server, or together with it, loses its attempts: no heartbeat has arrived for the
 * heartbeat timeout, and another host may already run the next attempt. A single answer shows that the host is connected.
 */
export class SilentAttempts {
  /** Time of the latest answer, see {@link monotonicMs}. */
  answeredAt = monotonicMs();
  /** When the first unanswered question since the latest answer began. */
  private since: number | undefined;

  constructor(private readonly onSilence: (entry: LedgerEntry, reason: string) => void) {}

  /** Whether the latest questions went unanswered. */
  get hasBegun(): boolean {
    return this.since !== undefined;
  }

  answered(): void {
    this.answeredAt = monotonicMs();
    this.since = undefined;
  }

  /** No question about these attempts, which are all that are watched, has been answered since `beganAt`. */
  note(unheard: LedgerEntry[], beganAt: number): void {
    this.since ??= Math.max(beganAt, this.answeredAt);
    const silentMs = monotonicMs() - this.since;
    for (const entry of unheard) {
      const { heartbeatTimeoutMs } = entry;
      if (heartbeatTimeoutMs === 0 || silentMs < heartbeatTimeoutMs) continue;
      this.onSilence(entry, `Temporal has not answered for its heartbeat timeout (${heartbeatTimeoutMs} ms)`);
    }
  }
}
