import { readFileSync } from 'node:fs';
import type { ProcessInfo } from '../../../contract/process-ref';
import { errorCode } from '../../error-code';
import type { Look } from '../../look';
import type { ProcessTable } from '../../process-table';
import { pidsOf, subtree } from './directory';
import { inSlices } from '../../slices';
import { type CgroupMount, cgroupPathIn, directoryIn } from './own-cgroup';

/** The directory of the cgroup that a process is in; undefined when it is gone, or where we cannot see. */
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
 * The processes in a cgroup and below it. A number may have been given away meanwhile: what is read of it counts only when
 * the same process was in a look before, or is in the cgroup afterwards.
 */
export async function membersOf(
  mount: CgroupMount,
  directory: string,
  table: ProcessTable,
  look?: Look,
): Promise<ProcessInfo[]> {
  const members: ProcessInfo[] = [];
  await inSlices(subtree(directory), (each) => {
    for (const pid of pidsOf(each)) {
      const now = table.read(pid);
      const process = now && (look?.find(now) ?? now);
      // Its identity is that of the look, so it is older than the listing, and held the number then.
      const within = process && process !== now ? directory : now && directoryOf(mount, pid);
      if (process && within !== undefined && isBelow(within, directory)) members.push(process);
    }
  });
  return members;
}
