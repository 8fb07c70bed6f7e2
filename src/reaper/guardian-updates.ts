import type { GuardianLink } from '../guardian/guardian-link';
import { type WorkerMark, markerOf, markerVariable } from '../process/marker';
import type { AttemptLedger } from '../tracking/ledger';
import type { LedgerEntry } from '../tracking/ledger-entry';

/** An empty group must be forgotten before its number can be reused: the pid space takes at least seconds to wrap. */
const DROP_GROUPS_MS = 500;

/**
 * Tells the guardian about the children and process groups of open attempts: the guardian learns of processes without a
 * readable marker only from the worker.
 */
export class GuardianUpdates {
  private readonly changed = new Set<LedgerEntry>();
  private readonly groupTimer: NodeJS.Timeout;

  constructor(
    private readonly mark: WorkerMark,
    private readonly guardian: GuardianLink | undefined,
    ledger: AttemptLedger,
  ) {
    const drop = (): void =>
      ledger
        .all()
        .filter((entry) => entry.dropEmptyGroups())
        .forEach((entry) => this.note(entry));
    this.groupTimer = setInterval(drop, DROP_GROUPS_MS).unref();
  }

  /** The attempt may have processes, known or not. Sent once per turn of the event loop for all changes. */
  note(entry: LedgerEntry): void {
    if (!this.guardian) return;
    if (this.changed.size === 0) setImmediate(() => this.tell());
    this.changed.add(entry);
  }

  /** The attempt is over. */
  close(entry: LedgerEntry): void {
    this.changed.delete(entry);
    this.guardian?.closeAttempt(entry.token);
  }

  stop(): void {
    clearInterval(this.groupTimer);
  }

  private tell(): void {
    for (const { token, attempt, sinceTicks, roots, groups, users } of this.changed) {
      this.guardian?.setAttempt({
        id: token,
        ...markerVariable(markerOf(attempt, this.mark)),
        sinceTicks,
        roots: [...roots.values()],
        groups: [...groups],
        users: [...users],
      });
    }
    this.changed.clear();
  }
}
