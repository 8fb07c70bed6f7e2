import type { GuardianLink } from '../guardian/guardian-link';
import { type WorkerMark, attemptKey, formatMarker, markerName } from '../process/marker';
import type { LedgerEntry } from '../tracking/ledger';

/** Node's timers fire at once beyond this. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Enforces the timeouts of attempts with processes at their very end: the SDK's own timer comes 5 s late, and for
 * schedule-to-close never. The guardian enforces them where this process is stopped.
 */
export class Deadlines {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly mark: WorkerMark,
    private readonly guardian: GuardianLink | undefined,
    private readonly onDeadline: (entry: LedgerEntry) => void,
  ) {}

  /** Begins to watch over an attempt that has started a process. */
  arm(entry: LedgerEntry): void {
    const { token, attempt, deadlineAt, escalation } = entry;
    if (deadlineAt === undefined || this.timers.has(token)) return;
    const inMs = Math.max(0, deadlineAt - Date.now());
    if (inMs > MAX_TIMER_MS) return;
    this.timers.set(token, setTimeout(() => this.onDeadline(entry), inMs).unref());
    const key = attemptKey(attempt);
    const value = formatMarker({ key, ...this.mark, attempt: attempt.attempt });
    this.guardian?.setDeadline({ id: token, name: markerName(key), value, at: deadlineAt, escalation });
  }

  /** Ends all. */
  stop(): void {
    for (const token of [...this.timers.keys()]) this.lift(token);
  }

  /** Ends it: the attempt is over, or being killed. */
  lift(token: string): void {
    clearTimeout(this.timers.get(token));
    if (this.timers.delete(token)) this.guardian?.liftDeadline(token);
  }
}
