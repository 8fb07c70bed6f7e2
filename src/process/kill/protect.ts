import type { ProcessSnapshot } from '../table/process-snapshot';

/** What no kill may reach, whatever its target. */
export interface KillProtection {
  /** Init, this process and its ancestors. */
  readonly pids: ReadonlySet<number>;
  /** Our own process group; 0 when unknown. */
  readonly pgid: number;
  /** Our own session; 0 when unknown. */
  readonly sid: number;
}

/** Whether a number can mean one ordinary process: to the kernel, 0 and negative numbers mean groups; 1 is init. */
export function isSignallablePid(pid: number): boolean {
  return Number.isSafeInteger(pid) && pid > 1;
}

/** Determines from a look what is protected. */
export function protectionFrom(look: ProcessSnapshot): KillProtection {
  const pids = new Set([0, 1, process.pid]);
  for (let pid = process.ppid; !pids.has(pid); pid = look.byPid.get(pid)?.ppid ?? 0) pids.add(pid);
  const self = look.byPid.get(process.pid);
  return { pids, pgid: self?.pgid ?? 0, sid: self?.sid ?? 0 };
}

/**
 * Whether membership of this group or session makes a process a target. Never true for our own, nor for those led by an
 * ancestor: there, only processes that are identified themselves are signalled, one by one.
 */
export function mayFollow(id: number, protection: KillProtection): boolean {
  return isSignallablePid(id) && id !== protection.pgid && id !== protection.sid && !protection.pids.has(id);
}
