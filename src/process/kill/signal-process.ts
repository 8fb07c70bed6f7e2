import * as childProcess from 'node:child_process';
import type { ProcessRef } from '../../contract/process-ref';
import { errorCode } from '../error-code';
import { signalByHandle } from '../native/pidfd';
import type { ProcessTable } from '../table/process-table';
import { isSignallablePid } from './protect';

// Saved first, see ps-table.
const { execFileSync } = childProcess;

/** `gone`: no such process, or its pid was reused. `denied`: the kernel or our own rules refuse. */
export type SignalResult = 'sent' | 'gone' | 'denied';

function kill(pid: number, signal: NodeJS.Signals | 0): SignalResult {
  try {
    process.kill(pid, signal);
    return 'sent';
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return 'gone';
    if (errorCode(error) === 'EPERM') return 'denied';
    throw error;
  }
}

/** Windows has no signals: ends the process and its descendants at once. */
function taskkill(pid: number): SignalResult {
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
 * Signals one process. Reads its start ticks again right before; with the native part this happens while a pidfd holds the
 * process, so that a recycled pid cannot be hit even in between.
 *
 * @param signal 0 only asks whether we may signal it
 * @param then a second signal, sent right after the first: reading the start ticks again would cost the most
 */
export function signalProcess(
  table: ProcessTable,
  ref: ProcessRef,
  signal: NodeJS.Signals | 0,
  then?: NodeJS.Signals,
): SignalResult {
  if (!isSignallablePid(ref.pid) || ref.pid === process.pid) return 'denied';
  const isStill = (): boolean => table.read(ref.pid)?.startTicks === ref.startTicks;
  const sent = table.kind === 'procfs' && signal !== 0 ? signalByHandle(ref.pid, signal, isStill, then) : undefined;
  if (sent) return sent;
  if (!isStill()) return 'gone';
  if (table.kind === 'none' && signal !== 0) return taskkill(ref.pid);
  const first = kill(ref.pid, signal);
  if (first === 'sent' && then) kill(ref.pid, then);
  return first;
}

/**
 * Signals a process group atomically: no member can escape by forking. Refused for our own group; `gone` if the group's
 * number now belongs to a process other than its leader.
 *
 * @param leaderTicks start ticks of the process that led it; '' when unknown
 */
export function signalGroup(
  table: ProcessTable,
  pgid: number,
  leaderTicks: string,
  signal: NodeJS.Signals,
): SignalResult {
  if (table.kind === 'none' || !isSignallablePid(pgid) || pgid === table.read(process.pid)?.pgid) return 'denied';
  const holder = table.read(pgid);
  if (holder && holder.startTicks !== leaderTicks) return 'gone';
  return kill(-pgid, signal);
}
