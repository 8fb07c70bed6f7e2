import { constants } from 'node:os';
import { readProcFile } from '../table/proc-file';
import { nativeAddon } from './addon';

/** RLIM_INFINITY. */
export const UNLIMITED_LOCKS = 2n ** 64n - 1n;
const LINE = /^Max file locks +(\d+|unlimited) +(\d+|unlimited) /m;

/*
 * Linux has ignored the limit on file locks (RLIMIT_LOCKS) since 2.4.25, but every process still has one: 64 bits that a
 * child inherits, that survive exec, setsid and an emptied environment, and that everybody may read.
 */

function fromFile(pid: number | 'self', field: 1 | 2): bigint | undefined {
  const text = LINE.exec(readProcFile(`/proc/${pid}/limits`)?.toString('latin1') ?? '')?.[field];
  if (text === undefined) return undefined;
  return text === 'unlimited' ? UNLIMITED_LOCKS : BigInt(text);
}

/** Our own hard limit; undefined if the kernel does not tell. */
export function hardLockLimit(): bigint | undefined {
  return fromFile('self', 2);
}

/** The soft limit of a process, even of a zombie; undefined when there is no such process. */
export function lockLimitOf(pid: number): bigint | undefined {
  const limit = nativeAddon()?.lockLimit(pid);
  if (typeof limit === 'bigint') return limit;
  if (limit === -constants.errno.ESRCH) return undefined;
  // Another user's process: we may not make the call, but everybody may read the file, which is 20 times slower.
  return fromFile(pid, 1);
}
