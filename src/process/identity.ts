import type { ProcessRef } from '../contract/process-ref';
import { errorCode } from './error-code';
import { isDead } from './look';
import { isSignallablePid } from './protect';
import { systemTable } from './system-table';

/** Start ticks of a process; undefined when there is none, empty where the platform has no ticks. A zombie has them still. */
export function startTicksOf(pid: number): string | undefined {
  return systemTable().read(pid)?.startTicks;
}

/** Start ticks of this process; empty where unknown. */
export function ownStartTicks(): string {
  return startTicksOf(process.pid) ?? '';
}

/** A lower bound of the start ticks of any process that starts from now on; empty where unknown. */
export function nowTicks(): string {
  return systemTable().nowTicks();
}

/**
 * Whether the very process lives. A zombie is dead; so is a process whose number another one has now. One that the table
 * does not show is alive when the kernel says that there is one: `hidepid` hides other users' processes.
 */
export function isAlive(ref: ProcessRef): boolean {
  const found = systemTable().read(ref.pid);
  if (!found) return processExists(ref.pid);
  return found.startTicks === ref.startTicks && !isDead(found);
}

/** Whether any process has that number, dead or alive, shown or hidden: the kernel's word. */
export function processExists(pid: number): boolean {
  return Number.isSafeInteger(pid) && pid > 0 && answers(pid);
}

/** Whether a process group has any member, dead or alive: the kernel's word. Always false on Windows. */
export function groupExists(pgid: number): boolean {
  return isSignallablePid(pgid) && process.platform !== 'win32' && answers(-pgid);
}

function answers(target: number): boolean {
  try {
    process.kill(target, 0);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EPERM') return true;
    if (errorCode(error) === 'ESRCH') return false;
    throw error;
  }
}
