import { sameActivity } from '../contract/attempt-ref';
import type { Escalation } from '../contract/escalation';
import type { AttemptKill, KillEarlierRequest } from '../contract/host-requests';
import type { LedgerEntry } from '../tracking/ledger';
import type { ReaperNotices } from '../tracking/link';
import type { AttemptKills } from './attempt-kills';
import { countKill } from './count-kill';
import type { ProcessKiller } from './process-killer';

/** What the fence works on. */
export interface FenceParts {
  open: LedgerEntry[];
  killsOf: (entry: LedgerEntry) => AttemptKills;
  killer: ProcessKiller;
  escalation: Escalation;
  notices: Pick<ReaperNotices, 'counted'>;
}

/**
 * The fence: kills earlier attempts of the same activity on this host, open ones of this worker and what others left.
 * Those of this worker may finish their cleanup.
 *
 * @param own token of the attempt that begins, if it begins in this worker
 */
export async function killEarlier(
  { before, isReset = false }: KillEarlierRequest,
  own: string | undefined,
  { open, killsOf, killer, escalation, notices }: FenceParts,
): Promise<AttemptKill[]> {
  const earlier = open.filter(({ attempt, token }) => {
    return sameActivity(attempt, before) && token !== own && (isReset || attempt.attempt < before.attempt);
  });
  const reason = isReset ? 'its activity was reset' : `attempt ${before.attempt} follows it`;
  const killed = await Promise.all(
    earlier.map(async (entry) => {
      const kills = killsOf(entry);
      const report = await kills.begin(entry, { then: 'cancel', reason });
      await kills.outlast(entry);
      return { attempt: entry.attempt, activityType: entry.activityType, report };
    }),
  );
  // Of a reset activity no number tells the earlier attempts: only where this one begins, it has nothing yet.
  if (isReset && own === undefined) return killed;
  const last = isReset ? before : { ...before, attempt: before.attempt - 1 };
  const report = await (isReset ? killer.killAllMarked(last, escalation) : killer.killMarked(last, escalation));
  countKill(notices, 'fence', report);
  return [...killed, { attempt: last, report }];
}
