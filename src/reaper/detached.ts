import type { ConnectionLike } from '@temporalio/client';
import { describeAttempt } from '../contract/attempt-ref';
import { ATTEMPT_KILLED } from '../contract/errors';
import { isUnreachable } from '../contract/grpc-status';
import type { LedgerEntry } from '../tracking/ledger';
import type { ReaperNotices } from '../tracking/link';
import { wasCompleted } from './completed';

/** A stopping worker waits no longer for an answer. */
const FAIL_MS = 2_000;

/** What becomes of attempts that complete asynchronously. */
export interface DetachedEvents {
  /** Ended in success: its processes are left-overs. */
  onCompleted: (entry: LedgerEntry) => void;
  /** Ended in any other way. */
  onOver: (entry: LedgerEntry, reason: string) => void;
  log: ReaperNotices['log'];
}

/** Attempts whose function has returned, and that somebody completes from elsewhere. */
export class Detached {
  /** Those whose end is being looked up. */
  private readonly asking = new Set<string>();

  constructor(private readonly events: DetachedEvents) {}

  /** It is over for Temporal: looks up how, unless its processes are killed in any case. */
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
      // Whoever does not answer is asked again by the watch.
      if (!isUnreachable(error)) this.events.onOver(entry, reason);
    } finally {
      this.asking.delete(entry.token);
    }
  }
}

/** Fails an attempt whose processes its stopping worker has killed: nobody else would before its timeout. Retryable. */
export async function failDetached(
  connection: ConnectionLike,
  { attempt, taskToken }: LedgerEntry,
  reason: string,
  log: ReaperNotices['log'],
): Promise<void> {
  const message = `${describeAttempt(attempt)} was killed: ${reason}`;
  try {
    await connection.withDeadline(Date.now() + FAIL_MS, () =>
      connection.workflowService.respondActivityTaskFailed({
        namespace: attempt.namespace,
        taskToken,
        failure: { message, applicationFailureInfo: { type: ATTEMPT_KILLED } },
      }),
    );
  } catch (error) {
    log('WARN', 'A killed activity that completes asynchronously could not be failed: it waits for its timeout', {
      attempt: describeAttempt(attempt),
      error: String(error),
    });
  }
}
