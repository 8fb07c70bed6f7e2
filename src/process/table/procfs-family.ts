import { readdirSync } from 'node:fs';
import type { ProcessInfo } from '../../contract/process-ref';
import { errorCode } from '../error-code';
import { startedSince } from './process-snapshot';
import { readProcFile } from './proc-file';
import { parseStat, threadsOf } from './stat-line';

/** The children that a thread has forked, and the orphans reparented to it, including zombies, in order of arrival. */
export function childrenOf(pid: number | 'self', thread: number): number[] {
  const text = readProcFile(`/proc/${pid}/task/${thread}/children`)?.toString('latin1') ?? '';
  return text === '' ? [] : text.trimEnd().split(' ').map(Number);
}

/** Whether this kernel lists the children of a thread (CONFIG_PROC_CHILDREN). */
export function listsChildren(): boolean {
  return readProcFile(`/proc/self/task/${process.pid}/children`) !== undefined;
}

function threadsIn(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') return []; // it is gone
    throw error;
  }
}

/**
 * A process and all its current descendants, read one by one: strangers cost nothing. Orphans are missing, and while one
 * child exits, the kernel may leave out others.
 */
export function familyOf(top: number): ProcessInfo[] {
  const family: ProcessInfo[] = [];
  const queue: { pid: number; parent?: ProcessInfo }[] = [{ pid: top }];
  for (let next = queue.pop(); next; next = queue.pop()) {
    const { pid, parent } = next;
    const line = readProcFile(`/proc/${pid}/stat`, true)?.toString('utf8');
    const process = line === undefined ? undefined : parseStat(line);
    if (line === undefined || !process) continue;
    // The child may have exited since the list was read, and its pid may have been reused.
    if (parent && (process.ppid !== parent.pid || !startedSince(process.startTicks, parent.startTicks))) continue;
    family.push(process);
    const children =
      threadsOf(line) > 1 ? threadsIn(pid).flatMap((thread) => childrenOf(pid, thread)) : childrenOf(pid, pid);
    queue.push(...children.map((child) => ({ pid: child, parent: process })));
  }
  return family;
}
