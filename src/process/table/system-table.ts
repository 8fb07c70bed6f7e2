import type { ProcessTable } from './process-table';
import { ProcfsTable, procfsIsUsable } from './procfs-table';
import { PsTable } from './ps-table';
import { WindowsTable } from './windows-table';

let opened: ProcessTable | undefined;

/** The table of this platform: procfs if it is readable, `ps` on other POSIX systems. One per realm. */
export function systemTable(): ProcessTable {
  opened ??= process.platform === 'win32' ? new WindowsTable() : procfsIsUsable() ? new ProcfsTable() : new PsTable();
  return opened;
}
