import type { KillOptions } from '../activities/kill';
import { type AttemptRef, sameActivity } from '../contract/attempt-ref';
import type { Escalation } from '../contract/escalation';
import type { LedgerEntry } from '../tracking/ledger';
import type { ProcessKiller } from './process-killer';

/** The fence: kills earlier attempts of the same activity on this host, open ones of this worker and what others left. */
export async function killEarlier(
  attempt: AttemptRef,
  open: LedgerEntry[],
  kill: (entry: LedgerEntry, options: KillOptions) => Promise<unknown>,
  killer: ProcessKiller,
  escalation: Escalation,
): Promise<void> {
  const earlier = open.filter((entry) => {
    return sameActivity(entry.attempt, attempt) && entry.attempt.attempt < attempt.attempt;
  });
  const reason = `attempt ${attempt.attempt} follows it`;
  await Promise.all([
    ...earlier.map((entry) => kill(entry, { then: 'cancel', reason })),
    killer.killMarked({ ...attempt, attempt: attempt.attempt - 1 }, escalation),
  ]);
}
