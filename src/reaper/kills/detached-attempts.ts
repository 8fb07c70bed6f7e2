import type { ConnectionLike } from '@temporalio/client';
import { describeAttempt } from '../../contract/attempt-ref';
import { ATTEMPT_KILLED } from '../../contract/errors';
import { isUnreachable } from '../../server/grpc-status';
import type { LedgerEntry } from '../../tracking/ledger-entry';
import type { ReaperLog } from '../../tracking/reaper-protocol';
import { respondFailed } from '../../server/respond-activity';
import { wasCompleted } from '../../server/was-completed';

/** The longest that a stopping worker waits for the server to answer. */
const FAIL_MS = 2_000;

/** What happens to attempts that complete asynchronously. */
export interface DetachedEvents {
  /** The attempt succeeded: its processes are left-overs. */
  onCompleted: (entry: LedgerEntry) => void;
  /** The attempt ended in any other way. */
  onOver: (entry: LedgerEntry, reason: string) => void;
  log: ReaperLog;
}

/** Attempts whose function has returned and that are completed from elsewhere. */
export class DetachedAttempts {
  /** The attempts whose outcome is being looked up. */
  private readonly asking = new Set<string>();

  constructor(private readonly events: DetachedEvents) {}

  /** The attempt is over for Temporal: looks up how it ended, unless its processes are killed in any case. */
  async over(entry: LedgerEntry, reason: string, connection: ConnectionLike): Promise<void> {
    if (entry.leftovers === 'kill') return this.events.onOver(entry, reason);
    if (this.asking.has(entry.token)) return;
    this.asking.add(entry.token);
    try {
      if (await wasCompleted(connection, entry.attempt)) this.events.onCompleted(entry);
      else this.events.onOver(entry, reason);
    } catch (error) {
      const attempt = describeAttempt(entry.attempt);
      this.events.log('WARN', 'Could not look up how an activity has ended', { attempt, error: String(error) });
      // If the server did not answer, the watch asks again.
      if (!isUnreachable(error)) this.events.onOver(entry, reason);
    } finally {
      this.asking.delete(entry.token);
    }
  }
}

/** Fails an attempt whose processes its stopping worker has killed; otherwise it would wait for its timeout. Retryable. */
export async function failDetached(
  connection: ConnectionLike,
  { attempt, taskToken }: LedgerEntry,
  reason: string,
  log: ReaperLog,
): Promise<void> {
  const message = `${describeAttempt(attempt)} was killed: ${reason}`;
  try {
    const { namespace } = attempt;
    await respondFailed(connection, { namespace, taskToken }, { message, type: ATTEMPT_KILLED }, FAIL_MS);
  } catch (error) {
    log('WARN', 'A killed activity that completes asynchronously could not be failed: it waits for its timeout', {
      attempt: describeAttempt(attempt),
      error: String(error),
    });
  }
}
