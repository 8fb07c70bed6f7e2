import { startTicksOf } from '../table/liveness';
import { nativeAddon } from './addon';

/**
 * Reaps a dead child, but never one that Node waits for. Any other code that waits for it loses its exit code, so use this
 * only for children that nobody waits for.
 *
 * @returns the number of the signal that killed it, 0 if it exited; undefined when it is alive, or is not such a child
 */
export function reapChild(pid: number): number | undefined {
  const ended = nativeAddon()?.reap(pid) ?? -1;
  return ended < 0 ? undefined : ended;
}

/** Whether all children with an attempt's tag are known, so that one which Node does not wait for must be an orphan. */
export function knowsAllChildren(): boolean {
  return nativeAddon()?.knowsAll() === true;
}

/** Whether a child may belong to another addon, or is older than the native part's hook: somebody may wait for it. */
export function isOthersChild(pid: number): boolean {
  const startTicks = startTicksOf(pid);
  return startTicks !== undefined && (nativeAddon()?.isOthersChild(pid, Number(startTicks)) ?? true);
}

/** Whether Node waits for a child of this process. True if that cannot be determined. */
export function isNodesChild(pid: number): boolean {
  return nativeAddon()?.isOwnChild(pid) ?? true;
}
