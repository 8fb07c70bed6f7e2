import type { ProcessInfo } from '../../contract/process-ref';
import { ProcessSnapshot } from './process-snapshot';
import type { ProcessTable } from './process-table';

function* lineOf(table: ProcessTable, pid: number): Iterable<ProcessInfo> {
  const seen = new Set<number>();
  for (let at = table.read(pid); at && !seen.has(at.pid); at = at.ppid > 0 ? table.read(at.ppid) : undefined) {
    seen.add(at.pid);
    yield at;
  }
}

/** A look at this process and another one, each with its ancestors: enough to tell what is protected. */
export async function lookAtLines(table: ProcessTable, pid: number): Promise<ProcessSnapshot> {
  // With `ps`, each single read would run it again.
  if (table.kind === 'ps') return table.look();
  return new ProcessSnapshot([...lineOf(table, process.pid), ...lineOf(table, pid)]);
}

/** A look at this process with its ancestors, and at the given processes. */
export function lookAmong(table: ProcessTable, processes: readonly ProcessInfo[]): ProcessSnapshot {
  return new ProcessSnapshot([...lineOf(table, process.pid), ...processes]);
}

type FamilyTable = ProcessTable & Required<Pick<ProcessTable, 'family'>>;

/** Whether the table finds descendants without a look at all processes. */
export function hasFamily(table: ProcessTable): table is FamilyTable {
  return table.family !== undefined;
}

/** A look at this process with its ancestors, and at the given processes with their current descendants. */
export function lookAtFamilies(table: FamilyTable, pids: Iterable<number>): ProcessSnapshot {
  const processes = new Map<number, ProcessInfo>();
  for (const pid of pids) {
    if (processes.has(pid)) continue;
    for (const process of table.family(pid)) processes.set(process.pid, process);
  }
  return lookAmong(table, [...processes.values()]);
}
