import { libc } from './libc';

const PR_SET_CHILD_SUBREAPER = 36;
const PR_GET_CHILD_SUBREAPER = 37;

const answer = new Int32Array(1);

export function isChildSubreaper(): boolean {
  return libc()?.prctlAnswer(PR_GET_CHILD_SUBREAPER, answer, 0, 0, 0) === 0 && answer[0] !== 0;
}

/**
 * Makes this process, with all its threads, the one that its descendants fall to when their parent exits; or no longer.
 *
 * @returns whether the kernel has done it
 */
export function setChildSubreaper(isOne: boolean): boolean {
  return libc()?.prctl(PR_SET_CHILD_SUBREAPER, isOne ? 1 : 0, 0, 0, 0) === 0;
}
