import { constants } from 'node:os';
import { type NativeAddon, nativeAddon } from './addon';

const { ESRCH, EPERM } = constants.errno;

let works: boolean | undefined;

/** Whether this kernel has pidfds (5.3 and later), and no system call filter forbids them. */
function isUsable(calls: NativeAddon): boolean {
  const fd = calls.pidfdOpen(process.pid);
  if (fd < 0) return false;
  try {
    return calls.pidfdSignal(fd, 0) === 0;
  } finally {
    calls.close(fd);
  }
}

/**
 * Signals a process through a pidfd, which a recycled pid cannot take over.
 *
 * @param isStill called once the pidfd is open: whether it is the intended process
 * @param then a second signal, sent right after the first
 * @returns undefined if there are no pidfds, or no descriptor is left: then signal by pid
 */
export function signalByHandle(
  pid: number,
  signal: NodeJS.Signals,
  isStill: () => boolean,
  then?: NodeJS.Signals,
): 'sent' | 'gone' | 'denied' | undefined {
  const calls = nativeAddon();
  if (!calls || !(works ??= isUsable(calls))) return undefined;
  const fd = calls.pidfdOpen(pid);
  if (fd < 0) return fd === -ESRCH ? 'gone' : undefined;
  try {
    if (!isStill()) return 'gone';
    const sent = calls.pidfdSignal(fd, constants.signals[signal]);
    if (sent === 0 && then) calls.pidfdSignal(fd, constants.signals[then]);
    if (sent === 0) return 'sent';
    if (sent === -ESRCH) return 'gone';
    return sent === -EPERM ? 'denied' : undefined;
  } finally {
    calls.close(fd);
  }
}
