import { readFileSync } from 'node:fs';
import type { ProcessInfo } from '../../../contract/process-ref';
import { errorCode } from '../../error-code';
import type { ProcessSnapshot } from '../../table/process-snapshot';
import type { ProcessTable } from '../../table/process-table';
import { pidsOf, cgroupSubtree } from './directory';
import { inSlices } from '../../table/slices';
import { type CgroupMount, cgroupPathIn, directoryIn } from './own-cgroup';

/** The directory of a process's cgroup; undefined when the process is gone, or the cgroup is out of our sight. */
export function directoryOf(mount: CgroupMount, pid: number): string | undefined {
  try {
    const path = cgroupPathIn(readFileSync(`/proc/${pid}/cgroup`, 'utf8'));
    return path === undefined ? undefined : directoryIn(mount, path);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return undefined;
    throw error;
  }
}

export function isBelow(directory: string, ancestor: string): boolean {
  return directory === ancestor || directory.startsWith(`${ancestor}/`);
}

/**
 * The processes in a cgroup and below it. A pid may have been reused meanwhile: what is read for it counts only if the same
 * process was already in an earlier look, or is still in the cgroup afterwards.
 */
export async function membersOf(
  mount: CgroupMount,
  directory: string,
  table: ProcessTable,
  look?: ProcessSnapshot,
): Promise<ProcessInfo[]> {
  const members: ProcessInfo[] = [];
  await inSlices(cgroupSubtree(directory), (each) => {
    for (const pid of pidsOf(each)) {
      const now = table.read(pid);
      const process = now && (look?.find(now) ?? now);
      // The look shows the same process, so it is older than the listing, and had the pid at that time.
      const within = process && process !== now ? directory : now && directoryOf(mount, pid);
      if (process && within !== undefined && isBelow(within, directory)) members.push(process);
    }
  });
  return members;
}
