import { readFileSync } from 'node:fs';
import type { ProcessInfo } from '../../../contract/process-ref';
import { errorCode } from '../../error-code';
import type { ProcessTable } from '../../process-table';
import { pidsIn } from './directory';
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
 * The processes in a cgroup and below it. Their number alone may have been given away meanwhile: what is read of a process
 * counts only when the number is in the cgroup afterwards too.
 */
export function membersOf(mount: CgroupMount, directory: string, table: ProcessTable): ProcessInfo[] {
  return pidsIn(directory).flatMap((pid) => {
    const process = table.read(pid);
    const within = process && directoryOf(mount, pid);
    return process && within !== undefined && isBelow(within, directory) ? [process] : [];
  });
}
