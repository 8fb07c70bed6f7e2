import { monotonicMs } from '../../process/clock';
import type { GuardianLink } from '../../guardian/guardian-link';
import type { LedgerEntry } from '../../tracking/ledger-entry';

/** Node fires a longer timer at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Kills attempts with processes the moment they time out: the SDK's own timer fires 5 s late, and never for
 * schedule-to-close. If this process is stopped, the guardian enforces the timeouts.
 */
export class AttemptDeadlines {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly guardian: GuardianLink | undefined,
    private readonly onDeadline: (entry: LedgerEntry) => void,
  ) {}

  /** Begins to watch the deadline of an attempt that has started a process. */
  arm(entry: LedgerEntry): void {
    const { token, deadlineAt, escalation } = entry;
    if (deadlineAt === undefined || this.timers.has(token)) return;
    const inMs = Math.max(0, deadlineAt - monotonicMs());
    if (inMs > MAX_TIMER_MS) return;
    this.timers.set(token, setTimeout(() => this.onDeadline(entry), inMs).unref());
    this.guardian?.setDeadline({ id: token, at: deadlineAt, escalation });
  }

  /** Lifts every deadline. */
  stop(): void {
    for (const token of [...this.timers.keys()]) this.lift(token);
  }

  /** Stops watching: the attempt is over or being killed. */
  lift(token: string): void {
    clearTimeout(this.timers.get(token));
    if (this.timers.delete(token)) this.guardian?.liftDeadline(token);
  }
}
