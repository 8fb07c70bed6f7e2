import { sameActivity } from '../../contract/attempt-ref';
import type { Escalation } from '../../contract/escalation';
import type { AttemptKill, KillEarlierRequest } from '../../contract/host-requests';
import type { LedgerEntry } from '../../tracking/ledger-entry';
import type { ReaperNotices } from '../../tracking/reaper-protocol';
import type { AttemptKills } from './attempt-kills';
import { countKill } from './count-kill';
import { logDoubted } from './log-kill';
import type { ProcessKiller } from './process-killer';

/** What the fence needs. */
export interface FenceParts {
  open: LedgerEntry[];
  killsOf: (entry: LedgerEntry) => AttemptKills;
  killer: ProcessKiller;
  escalation: Escalation;
  notices: Pick<ReaperNotices, 'notify' | 'log'>;
}

/**
 * The fence: kills earlier attempts of the same activity on this host: open attempts of this worker, and processes that
 * other workers left. Open attempts of this worker may finish their cleanup.
 *
 * @param own token of the attempt that is starting, if it starts in this worker
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
      const report = await kills.begin(entry, { then: 'cancel', reason, isOver: true });
      await kills.outlast(entry);
      return { attempt: entry.attempt, activityType: entry.activityType, report };
    }),
  );
  // A reset restarts the attempt numbers, so they do not tell earlier attempts apart. Only the worker where the new attempt
  // starts can kill by marker: there the new attempt has no processes yet.
  if (isReset && own === undefined) return killed;
  const last = isReset ? before : { ...before, attempt: before.attempt - 1 };
  const report = await (isReset ? killer.killAllMarked(last, escalation) : killer.killMarked(last, escalation));
  countKill(notices, 'fence', report);
  logDoubted(notices.log, last, report);
  return [...killed, { attempt: last, report }];
}
