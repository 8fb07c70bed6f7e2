import type { ProcessRef } from '../../contract/process-ref';
import { errorCode } from '../error-code';
import { isDead } from './process-snapshot';
import { isSignallablePid } from '../kill/protect';
import { systemTable } from './system-table';

/** Start ticks of a process, even a zombie; undefined when there is none, empty where the platform has no ticks. */
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
 * Whether this exact process is alive. A zombie is dead, and so is a process whose pid now belongs to another. A process
 * that the table does not show is alive if the kernel reports one: `hidepid` hides other users' processes.
 */
export function isAlive(ref: ProcessRef): boolean {
  const found = systemTable().read(ref.pid);
  if (!found) return processExists(ref.pid);
  return found.startTicks === ref.startTicks && !isDead(found);
}

/** Whether the kernel reports any process with that pid, dead or alive, visible or hidden. */
export function processExists(pid: number): boolean {
  return Number.isSafeInteger(pid) && pid > 0 && answers(pid);
}

/** Whether the kernel reports any member of a process group, dead or alive. Always false on Windows. */
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
