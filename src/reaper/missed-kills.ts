import { type AttemptRef, sameActivity } from '../contract/attempt-ref';
import type { KillOptions } from '../activities/kill';

/** An attempt is known to the reaper 50 ms after its start at the latest; the message may wait for a blocked loop. */
const KEEP_MS = 10_000;

/** Kills that came before their attempt was known. */
export class MissedKills {
  private kept: { ref: AttemptRef; options: KillOptions; at: number }[] = [];

  add(ref: AttemptRef, options: KillOptions): void {
    const now = Date.now();
    this.kept = [...this.kept.filter(({ at }) => now - at < KEEP_MS), { ref, options, at: now }];
  }

  /** The kill that an attempt has missed; undefined when there was none. */
  take(attempt: AttemptRef): KillOptions | undefined {
    if (this.kept.length === 0) return undefined;
    const now = Date.now();
    const index = this.kept.findIndex(
      ({ ref, at }) => now - at < KEEP_MS && ref.attempt === attempt.attempt && sameActivity(ref, attempt),
    );
    return index < 0 ? undefined : this.kept.splice(index, 1)[0].options;
  }
}
