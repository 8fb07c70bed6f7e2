import type { ProcessRef } from '../../contract/process-ref';
import { type WorkerMark, markerOf, markerVariable } from '../../process/marker';
import type { KillTarget } from '../../process/kill/kill-target';
import type { LedgerEntry } from '../../tracking/ledger-entry';

/** The processes of an attempt of this worker: those in the ledger and those that the kernel finds. */
export function targetOf(entry: LedgerEntry, mark: WorkerMark): KillTarget {
  const { name, value } = markerVariable(markerOf(entry.attempt, mark));
  return {
    roots: (): Iterable<ProcessRef> => entry.roots.values(),
    groups: (): Iterable<number> => entry.groups,
    users: (): Iterable<number> => entry.users,
    marker: { name, matches: (other) => other === value },
    sinceTicks: entry.sinceTicks,
    spawning: () => entry.door.inUse,
    enclosure: () => entry.enclosure,
    isWholeEnclosed: () => !entry.hasUnenclosed && (entry.syncDepth === 0 || entry.isSyncEnclosed),
  };
}
