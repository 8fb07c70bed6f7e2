import type { ProcessTable } from './process-table';
import { ProcfsTable, procfsIsUsable } from './table-procfs';
import { PsTable } from './table-ps';
import { WindowsTable } from './table-windows';

let opened: ProcessTable | undefined;

/** The table of this platform: procfs where it is readable, `ps` on other POSIX systems. One per realm. */
export function systemTable(): ProcessTable {
  opened ??= process.platform === 'win32' ? new WindowsTable() : procfsIsUsable() ? new ProcfsTable() : new PsTable();
  return opened;
}
