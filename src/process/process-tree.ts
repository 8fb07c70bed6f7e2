import type { ProcessInfo, ProcessRef } from '../contract/process-ref';
import { type Look, startedSince } from './look';
import { mayFollow, type Protection } from './protect';

/** What is known of a tree before a look. */
export interface TreeSeed {
  /** Processes known by identity; those that the look does not show are passed over. */
  members: Iterable<ProcessRef>;
  /** Groups, and sessions of the same number, that a member leads or led; the leader's start ticks, '' when unknown. */
  led: ReadonlyMap<number, string>;
  /** Nothing that started before is found by its group or session; '' when unknown. */
  sinceTicks: string;
  /** Whether sessions are followed besides groups. */
  sessions: boolean;
}

/**
 * Whether a group number still means the group that was led. The kernel gives no pid away that names a group, so a
 * leader that is gone is trusted; a leader that is another process is not.
 */
export function ledStill(look: Look, id: number, leaderTicks: string, members: Iterable<ProcessRef>): boolean {
  const holder = look.byPid.get(id);
  if (!holder || holder.startTicks === leaderTicks) return true;
  for (const { pid, startTicks } of members) if (pid === id && startTicks === holder.startTicks) return true;
  return false;
}

/**
 * All processes of a look, zombies included, that belong to the tree: the members, their descendants, and who is in a
 * group or session that one of them leads or led, to a fixpoint. Pure.
 */
export function treeOf(look: Look, seed: TreeSeed, protection: Protection): ProcessInfo[] {
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
    // A "child" older than its parent has inherited a recycled number.
    for (const child of look.childrenOf(process.pid)) {
      if (startedSince(child.startTicks, process.startTicks)) add(child);
    }
    if (process.pgid === process.pid || process.sid === process.pid) follow(process.pid, process.startTicks);
  }
  return [...found];
}
