import type { ProcessRef } from '../contract/process-ref';
import { type WorkerMark, attemptKey, formatMarker, markerName } from '../process/marker';
import type { KillTarget } from '../process/kill-target';
import type { LedgerEntry } from '../tracking/ledger';

/** The processes of an attempt of this worker, as the ledger knows them now and the kernel finds them. */
export function targetOf(entry: LedgerEntry, mark: WorkerMark): KillTarget {
  const key = attemptKey(entry.attempt);
  const value = formatMarker({ key, ...mark, attempt: entry.attempt.attempt });
  return {
    roots: (): Iterable<ProcessRef> => entry.roots.values(),
    groups: (): Iterable<number> => entry.groups,
    marker: { name: markerName(key), matches: (other) => other === value },
    sinceTicks: entry.sinceTicks,
    spawning: () => entry.door.inUse,
    enclosure: () => entry.enclosure,
    isWholeEnclosed: () => !entry.hasUnenclosed,
  };
}
