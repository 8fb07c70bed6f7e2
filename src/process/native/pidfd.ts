import { constants } from 'node:os';
import { type Libc, libc } from './libc';

// The same number on every architecture.
const PIDFD_SEND_SIGNAL = 424;
const PIDFD_OPEN = 434;
const { ESRCH, EPERM } = constants.errno;

let works: boolean | undefined;

/** Whether this kernel (5.3 and later) has it, and no filter of system calls forbids it. */
function isUsable(library: Libc): boolean {
  const fd = library.syscall(PIDFD_OPEN, process.pid, 0, null, 0);
  if (fd < 0) return false;
  try {
    return library.syscall(PIDFD_SEND_SIGNAL, fd, 0, null, 0) === 0;
  } finally {
    library.close(fd); // not Node's: on a thread it warns of descriptors that it has not opened itself
  }
}

/**
 * Signals a process through a handle that a recycled number cannot take over.
 *
 * @param isStill asked when the handle is open: whether it is the process that is meant
 * @returns undefined where there are no such handles, or none is left: then signal by number
 */
export function signalByHandle(
  pid: number,
  signal: NodeJS.Signals,
  isStill: () => boolean,
): 'sent' | 'gone' | 'denied' | undefined {
  const library = libc();
  if (!library || !(works ??= isUsable(library))) return undefined;
  const fd = library.syscall(PIDFD_OPEN, pid, 0, null, 0);
  if (fd < 0) return library.errno() === ESRCH ? 'gone' : undefined;
  try {
    if (!isStill()) return 'gone';
    if (library.syscall(PIDFD_SEND_SIGNAL, fd, constants.signals[signal], null, 0) === 0) return 'sent';
    const errno = library.errno();
    if (errno === ESRCH) return 'gone';
    return errno === EPERM ? 'denied' : undefined;
  } finally {
    library.close(fd);
  }
}
