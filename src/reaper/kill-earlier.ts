import type { KillOptions } from '../activities/kill';
import { type AttemptRef, sameActivity } from '../contract/attempt-ref';
import type { Escalation } from '../contract/escalation';
import type { AttemptKill } from '../contract/host-requests';
import type { KillReport } from '../contract/kill-report';
import type { LedgerEntry } from '../tracking/ledger';
import type { ReaperNotices } from '../tracking/link';
import { countKill } from './count-kill';
import type { ProcessKiller } from './process-killer';

/** The fence: kills earlier attempts of the same activity on this host, open ones of this worker and what others left. */
export async function killEarlier(
  attempt: AttemptRef,
  open: LedgerEntry[],
  kill: (entry: LedgerEntry, options: KillOptions) => Promise<KillReport>,
  killer: ProcessKiller,
  escalation: Escalation,
  notices: Pick<ReaperNotices, 'counted'>,
): Promise<AttemptKill[]> {
  const earlier = open.filter((entry) => {
    return sameActivity(entry.attempt, attempt) && entry.attempt.attempt < attempt.attempt;
  });
  const reason = `attempt ${attempt.attempt} follows it`;
  const last = { ...attempt, attempt: attempt.attempt - 1 };
  return Promise.all([
    ...earlier.map(async (entry) => ({
      attempt: entry.attempt,
      activityType: entry.activityType,
      report: await kill(entry, { then: 'cancel', reason }),
    })),
    killer.killMarked(last, escalation).then((report) => {
      countKill(notices, 'fence', report);
      return { attempt: last, report };
    }),
  ]);
}
