import { libc } from './libc';

const PR_SET_CHILD_SUBREAPER = 36;

/**
 * Makes this process, with all its threads, the one that its descendants fall to when their parent exits; or no longer.
 *
 * @returns whether the kernel has done it
 */
export function setChildSubreaper(isOne: boolean): boolean {
  return libc()?.prctl(PR_SET_CHILD_SUBREAPER, isOne ? 1 : 0, 0, 0, 0) === 0;
}
