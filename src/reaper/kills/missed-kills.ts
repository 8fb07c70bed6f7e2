import { monotonicMs } from '../../process/clock';
import { type AttemptRef, sameActivity } from '../../contract/attempt-ref';
import type { KillOptions } from '../../activities/kill';

/** A reaper knows an attempt at most 50 ms after its start, but a blocked event loop can delay that message. */
const KEEP_MS = 10_000;

/** Kills that arrived before the reaper knew their attempt. */
export class MissedKills {
  private kept: { ref: AttemptRef; options: KillOptions; at: number }[] = [];

  add(ref: AttemptRef, options: KillOptions): void {
    const now = monotonicMs();
    this.kept = [...this.kept.filter(({ at }) => now - at < KEEP_MS), { ref, options, at: now }];
  }

  /** Returns and removes the kill that an attempt has missed; undefined if there was none. */
  take(attempt: AttemptRef): KillOptions | undefined {
    if (this.kept.length === 0) return undefined;
    const now = monotonicMs();
    const index = this.kept.findIndex(
      ({ ref, at }) => now - at < KEEP_MS && ref.attempt === attempt.attempt && sameActivity(ref, attempt),
    );
    return index < 0 ? undefined : this.kept.splice(index, 1)[0].options;
  }
}
