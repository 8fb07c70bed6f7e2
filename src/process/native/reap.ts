import { libc } from './libc';

const WNOHANG = 1;
const SIGNAL_BITS = 0x7f;

const status = new Int32Array(1);

/**
 * Takes a dead child out of the process table. Whoever else waits for it loses its exit code: only for children that
 * nobody waits for.
 *
 * @returns the number of the signal that ended it, 0 when it exited; undefined when it lives, or is no child of ours
 */
export function reapChild(pid: number): number | undefined {
  return libc()?.waitpid(pid, status, WNOHANG) === pid ? status[0] & SIGNAL_BITS : undefined;
}
