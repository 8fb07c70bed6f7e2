import type { Look } from './look';

/** What no kill may reach, whatever a target says. */
export interface Protection {
  /** Init, ourselves and our ancestors. */
  readonly pids: ReadonlySet<number>;
  /** Our own process group; 0 when unknown. */
  readonly pgid: number;
  /** Our own session; 0 when unknown. */
  readonly sid: number;
}

/** Whether a number can name one ordinary process: 0 and negative numbers mean groups to the kernel, 1 is init. */
export function isSignallablePid(pid: number): boolean {
  return Number.isSafeInteger(pid) && pid > 1;
}

/** Reads from one look what is protected. */
export function protectionFrom(look: Look): Protection {
  const pids = new Set([0, 1, process.pid]);
  for (let pid = process.ppid; !pids.has(pid); pid = look.byPid.get(pid)?.ppid ?? 0) pids.add(pid);
  const self = look.byPid.get(process.pid);
  return { pids, pgid: self?.pgid ?? 0, sid: self?.sid ?? 0 };
}

/**
 * Whether membership of this group or session makes a process a target. Never for our own, nor for those led by an
 * ancestor: there only a process that is itself identified is signalled, singly.
 */
export function mayFollow(id: number, protection: Protection): boolean {
  return isSignallablePid(id) && id !== protection.pgid && id !== protection.sid && !protection.pids.has(id);
}
