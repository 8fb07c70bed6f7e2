import type { ProcessInfo } from '../contract/process-ref';
import type { ListResult } from '../contract/host-requests';
import type { LedgerEntry } from '../tracking/ledger';

/** What `list` needs of the reaper. */
export interface ListPort {
  /** The worker itself. */
  describe(): Omit<ListResult, 'attempts'>;
  entries(): LedgerEntry[];
  findProcesses(entry: LedgerEntry): Promise<ProcessInfo[]>;
}

/** The attempts that this worker process holds, with their live processes. */
export async function list(port: ListPort): Promise<ListResult> {
  const attempts = await Promise.all(
    port.entries().map(async (entry) => ({
      attempt: entry.attempt,
      activityType: entry.activityType,
      openedAt: entry.openedAt,
      closing: entry.kill !== undefined,
      processes: await port.findProcesses(entry),
    })),
  );
  return { ...port.describe(), attempts };
}
