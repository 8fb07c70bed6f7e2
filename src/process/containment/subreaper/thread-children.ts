import { childrenOf } from '../../table/procfs-family';

/**
 * The children of the main thread, including zombies, in order of arrival: those that it forked, and the orphans reparented
 * to this process. While one child exits, the kernel may leave out others.
 */
export function mainChildren(): number[] {
  return childrenOf('self', process.pid);
}
