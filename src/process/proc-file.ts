import { closeSync, openSync, readSync } from 'node:fs';
import { errorCode } from './error-code';

// One buffer for all reads of this realm: they are synchronous, so never two at once. It grows to the largest environment.
let buffer = Buffer.allocUnsafe(128 * 1024);

/**
 * Reads a file of /proc, whose size is not known beforehand. The result is valid until the next call.
 *
 * @param atOnce the kernel gives the whole of it in one read, as it does for `stat`
 * @returns undefined when the process is gone (ENOENT, ESRCH) or is not ours to look at (EACCES, EPERM)
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
      if (read === 0 || atOnce) return buffer.subarray(0, length);
    }
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM') return undefined;
    throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
