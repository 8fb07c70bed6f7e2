import type { ProcessInfo, ProcessRef } from '../../contract/process-ref';
import { type ProcessSnapshot, startedSince } from './process-snapshot';
import { mayFollow, type KillProtection } from '../kill/protect';

/** What is known about a tree before a look. */
export interface TreeSeed {
  /** Processes known by identity; those that the look does not show are ignored. */
  members: Iterable<ProcessRef>;
  /** Groups, and sessions of the same number, that a member leads or led, with the leader's start ticks, '' when unknown. */
  led: ReadonlyMap<number, string>;
  /** A group or session adds nothing that started earlier; '' when unknown. */
  sinceTicks: string;
  /** Whether sessions are followed in addition to groups. */
  sessions: boolean;
}

/**
 * Whether a group number still means the group that was led. The kernel does not reuse a pid that names a group, so the
 * number is trusted if its leader is gone, but not if another process has its pid.
 */
export function ledStill(
  look: ProcessSnapshot,
  id: number,
  leaderTicks: string,
  members: Iterable<ProcessRef>,
): boolean {
  const holder = look.byPid.get(id);
  if (!holder || holder.startTicks === leaderTicks) return true;
  for (const { pid, startTicks } of members) if (pid === id && startTicks === holder.startTicks) return true;
  return false;
}

/**
 * All processes of a look, including zombies, that belong to the tree: the members, their descendants, and the processes in
 * a group or session that one of them leads or led, to a fixpoint. Pure.
 */
export function treeOf(look: ProcessSnapshot, seed: TreeSeed, protection: KillProtection): ProcessInfo[] {
  const found = new Set<ProcessInfo>();
  const queue: ProcessInfo[] = [];
  const add = (process: ProcessInfo) => {
    if (found.has(process) || protection.pids.has(process.pid)) return;
    found.add(process);
    queue.push(process);
  };
  const follow = (id: number, sinceTicks: string) => {
    if (!mayFollow(id, protection)) return;
    const related = seed.sessions ? [...look.group(id), ...look.session(id)] : look.group(id);
    for (const process of related) if (startedSince(process.startTicks, sinceTicks)) add(process);
  };

  for (const ref of seed.members) {
    const process = look.find(ref);
    if (process) add(process);
  }
  for (const [id, leaderTicks] of seed.led) {
    if (ledStill(look, id, leaderTicks, seed.members)) follow(id, leaderTicks || seed.sinceTicks);
  }
  for (let process = queue.pop(); process; process = queue.pop()) {
    // A "child" older than its parent: the parent has a recycled pid.
    for (const child of look.childrenOf(process.pid)) {
      if (startedSince(child.startTicks, process.startTicks)) add(child);
    }
    if (process.pgid === process.pid || process.sid === process.pid) follow(process.pid, process.startTicks);
  }
  return [...found];
}
