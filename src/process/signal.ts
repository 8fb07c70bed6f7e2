import * as childProcess from 'node:child_process';
import type { ProcessRef } from '../contract/process-ref';
import { errorCode } from './error-code';
import { signalByHandle } from './native/pidfd';
import type { ProcessTable } from './process-table';
import { isSignallablePid } from './protect';

// Taken once, see table-ps.
const { execFileSync } = childProcess;

/** `gone`: no such process, or the number is another's now. `denied`: the kernel or our own rules refuse. */
export type Sent = 'sent' | 'gone' | 'denied';

function kill(pid: number, signal: NodeJS.Signals | 0): Sent {
  try {
    process.kill(pid, signal);
    return 'sent';
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return 'gone';
    if (errorCode(error) === 'EPERM') return 'denied';
    throw error;
  }
}

/** Windows has no signals: the process and what descends from it are ended at once. */
function taskkill(pid: number): Sent {
  try {
    execFileSync('taskkill', ['/PID', String(pid), '/T', '/F'], { stdio: 'ignore' });
    return 'sent';
  } catch (error) {
    const { status } = error as { status?: unknown };
    if (status === 128) return 'gone';
    if (typeof status === 'number') return 'denied';
    throw error;
  }
}

/**
 * Signals one process. Its start ticks are read again right before; where koffi is installed, when the process is held by
 * a handle already, so that a recycled number cannot be hit even in between.
 *
 * @param signal 0 only asks whether we may
 */
export function signalProcess(table: ProcessTable, ref: ProcessRef, signal: NodeJS.Signals | 0): Sent {
  if (!isSignallablePid(ref.pid) || ref.pid === process.pid) return 'denied';
  const isStill = (): boolean => table.read(ref.pid)?.startTicks === ref.startTicks;
  const sent = table.kind === 'procfs' && signal !== 0 ? signalByHandle(ref.pid, signal, isStill) : undefined;
  if (sent) return sent;
  if (!isStill()) return 'gone';
  if (table.kind === 'none' && signal !== 0) return taskkill(ref.pid);
  return kill(ref.pid, signal);
}

/**
 * Signals a process group atomically: no member can fork its way out. Refused for our own group, and `gone` when the
 * group's number is a process other than the leader it had.
 *
 * @param leaderTicks start ticks of the process that led it; '' when unknown
 */
export function signalGroup(table: ProcessTable, pgid: number, leaderTicks: string, signal: NodeJS.Signals): Sent {
  if (table.kind === 'none' || !isSignallablePid(pgid) || pgid === table.read(process.pid)?.pgid) return 'denied';
  const holder = table.read(pgid);
  if (holder && holder.startTicks !== leaderTicks) return 'gone';
  return kill(-pgid, signal);
}
