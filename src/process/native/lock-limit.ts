import { constants } from 'node:os';
import { readProcFile } from '../proc-file';
import { libc } from './libc';

/** RLIMIT_LOCKS of Linux; Node does not name it. */
const RESOURCE = 10;
/** RLIM_INFINITY. */
export const UNLIMITED = 2n ** 64n - 1n;
const LINE = /^Max file locks +(\d+|unlimited) /m;

const wanted = new BigUint64Array(2);
const found = new BigUint64Array(2);

/*
 * The limit on file locks means nothing to Linux since 2.4.25, but every process still has one: 64 bits that a child
 * inherits, that exec, setsid and an emptied environment leave alone, and that everybody may read.
 */

/** Our own limit; undefined where there is no C library to ask, or the kernel refuses. */
export function ownLockLimit(): { soft: bigint; hard: bigint } | undefined {
  if (libc()?.prlimit(0, RESOURCE, null, found) !== 0) return undefined;
  return { soft: found[0], hard: found[1] };
}

/**
 * Sets the limit of a process, 0 for our own. No process may raise its hard limit, so it is left as it is.
 *
 * @returns whether the kernel has done it
 */
export function setLockLimit(pid: number, soft: bigint, hard: bigint): boolean {
  wanted[0] = soft;
  wanted[1] = hard;
  return libc()?.prlimit(pid, RESOURCE, wanted, null) === 0;
}

/** The soft limit of a process, a zombie's too; undefined when there is no such process. */
export function lockLimitOf(pid: number): bigint | undefined {
  const library = libc();
  if (library?.prlimit(pid, RESOURCE, null, found) === 0) return found[0];
  if (library?.errno() === constants.errno.ESRCH) return undefined;
  // Another user's: the call is not for us, the file is for everybody, and 20 times slower.
  const text = LINE.exec(readProcFile(`/proc/${pid}/limits`)?.toString('latin1') ?? '')?.[1];
  if (text === undefined) return undefined;
  return text === 'unlimited' ? UNLIMITED : BigInt(text);
}
