import type { ProcessRef } from '../contract/process-ref';
import { errorCode } from './error-code';
import { isDead } from './look';
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

/** Whether the very process lives. A zombie is dead; so is a process whose number another one has now. */
export function isAlive(ref: ProcessRef): boolean {
  const found = systemTable().read(ref.pid);
  return found !== undefined && found.startTicks === ref.startTicks && !isDead(found);
}

/** Whether a process group has any member, dead or alive: the kernel's word. Always false on Windows. */
export function groupExists(pgid: number): boolean {
  if (!Number.isInteger(pgid) || pgid <= 1 || process.platform === 'win32') return false;
  try {
    process.kill(-pgid, 0);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EPERM') return true;
    if (errorCode(error) === 'ESRCH') return false;
    throw error;
  }
}
