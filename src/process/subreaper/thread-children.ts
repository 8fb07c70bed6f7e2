import { readdirSync } from 'node:fs';
import { readProcFile } from '../proc-file';

function childrenOf(thread: number): number[] {
  const text = readProcFile(`/proc/self/task/${thread}/children`)?.toString('latin1') ?? '';
  return text === '' ? [] : text.trimEnd().split(' ').map(Number);
}

/** Whether this kernel lists the children of a thread (CONFIG_PROC_CHILDREN). */
export function listsChildren(): boolean {
  return readProcFile(`/proc/self/task/${process.pid}/children`) !== undefined;
}

/**
 * The children of the main thread, zombies included, in the order in which they came: those that it forked, and the
 * orphans that fell to this process. While one exits, the kernel may leave out others.
 */
export function mainChildren(): number[] {
  return childrenOf(process.pid);
}

/** What other threads forked. Orphans never fall to them while the main thread lives. */
export function otherThreadsChildren(): number[] {
  const threads = readdirSync('/proc/self/task').map(Number);
  return threads.filter((thread) => thread !== process.pid).flatMap(childrenOf);
}
