import type { ListedProcess } from '../contract/process-ref';
import { fitList } from '../contract/answer-size';
import type { AnswerLimit, ListResult } from '../contract/host-requests';
import type { LedgerEntry } from '../tracking/ledger-entry';
import { asFailure } from '../contract/as-failure';
import { checkedLimit } from './check-request';

/** What `list` needs from the reaper. */
export interface ListPort {
  /** Describes the worker itself. */
  describe(): Omit<ListResult, 'attempts' | 'listedAt'>;
  entries(): LedgerEntry[];
  findProcesses(entry: LedgerEntry): Promise<ListedProcess[]>;
}

/**
 * Lists the attempts that this worker process holds, with their live processes, as far as they fit.
 *
 * @throws ApplicationFailure `OPTION_INVALID`, not retryable
 */
export async function listAttempts(port: ListPort, limit: AnswerLimit = {}): Promise<ListResult> {
  const { maxBytes } = await asFailure(() => checkedLimit(limit));
  const attempts = await Promise.all(
    port.entries().map(async (entry) => ({
      attempt: entry.attempt,
      activityType: entry.activityType,
      openedAt: entry.openedAt,
      closing: entry.kill !== undefined,
      processes: await port.findProcesses(entry),
    })),
  );
  return fitList({ ...port.describe(), listedAt: Date.now(), attempts }, maxBytes);
}
