import { closeSync, openSync, readSync } from 'node:fs';
import { errorCode } from '../error-code';

/** More than any program can be started with: exec refuses arguments and environment of over 6 MiB. */
const LIMIT_BYTES = 8 * 1024 * 1024;
/** The process is gone, or we may not look at it. */
const UNSEEN = ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'];

// One buffer for all reads of this realm: reads are synchronous, so never concurrent. It grows to the largest environment.
let buffer = Buffer.allocUnsafe(128 * 1024);

/**
 * Reads a file of /proc, whose size is not known beforehand: at most 8 MiB, because a process can give its own
 * `environ` any size (`prctl PR_SET_MM_MAP`). The result is valid until the next call.
 *
 * @param atOnce whether the kernel returns the whole file in one read, as for `stat`
 * @returns undefined when the process is gone (ENOENT, ESRCH) or we may not look at it (EACCES, EPERM)
 */
export function readProcFile(path: string, atOnce = false): Buffer | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    let length = 0;
    for (;;) {
      if (length === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
      const read = readSync(fd, buffer, length, buffer.length - length, null);
      length += read;
      if (read === 0 || atOnce || length === LIMIT_BYTES) return buffer.subarray(0, length);
    }
  } catch (error) {
    if (UNSEEN.includes(errorCode(error) ?? '')) return undefined;
    throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
