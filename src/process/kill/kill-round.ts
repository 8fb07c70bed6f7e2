import type { Containment } from '../containment/open-scan-or-basic';
import { ledGroups } from '../containment/led-groups';
import { groupExists } from '../table/liveness';
import type { KillRecord, TargetProcess } from './kill-record';
import type { KillTarget } from './kill-target';
import { isDead, type ProcessSnapshot } from '../table/process-snapshot';
import { ledStill } from '../table/process-tree';
import { mayFollow, type KillProtection } from './protect';
import { signalGroup, signalProcess } from './signal-process';

/** What one round of signals works with. */
export interface RoundSight {
  look: ProcessSnapshot;
  protection: KillProtection;
  /** Groups that certainly belong to the target, with the start ticks of each leader. */
  groups: Map<number, string>;
  /** Those of the groups that the kernel reports as populated although the look shows no living member. */
  unseen: number[];
}

/** Keeps the target's groups whose numbers have not been reused, and forgets those that the kernel reports as empty. */
export function sightOf(
  look: ProcessSnapshot,
  target: KillTarget,
  record: KillRecord,
  protection: KillProtection,
): RoundSight {
  const groups = new Map<number, string>();
  const unseen: number[] = [];
  const members = [...target.roots(), ...record.members()];
  for (const [pgid, leaderTicks] of ledGroups(target, record)) {
    if (!mayFollow(pgid, protection) || !ledStill(look, pgid, leaderTicks, members)) continue;
    if (look.group(pgid).length > 0 || groupExists(pgid)) {
      groups.set(pgid, leaderTicks);
      if (record.isRestless(pgid, look.group(pgid))) unseen.push(pgid);
    } else if (look.session(pgid).length === 0) record.noteEmptied(pgid);
  }
  return { look, protection, groups, unseen };
}

/** Groups with members although the look shows none alive: they fork and exit faster than a look. */
export function unseenGroups({ unseen }: RoundSight): number[] {
  return unseen;
}

/**
 * Sends a signal to each given process once: through its process group where that is atomic and hits nobody else, otherwise
 * one by one. SIGCONT follows a first signal, because a stopped process does not act on one.
 */
export function signalAll(
  containment: Containment,
  sight: RoundSight,
  record: KillRecord,
  targetProcesses: TargetProcess[],
  signal: NodeJS.Signals,
): void {
  const { table } = containment;
  const left = new Set(targetProcesses);
  const signals: NodeJS.Signals[] = signal === 'SIGKILL' ? [signal] : [signal, 'SIGCONT'];
  for (const [pgid, leaderTicks] of sight.groups) {
    const members = targetProcesses.filter(({ info }) => info.pgid === pgid);
    const unseen = sight.unseen.includes(pgid);
    if (!unseen && (members.length === 0 || !isWhole(sight.look, pgid, members))) continue;
    for (const each of signals) {
      const sent = signalGroup(table, pgid, leaderTicks, each);
      if (sent !== 'sent' || each === 'SIGCONT') continue;
      for (const targetProcess of members) {
        // The kernel silently skips the members that we may not signal.
        const reached = mayReachAll() ? sent : signalProcess(table, targetProcess.info, 0);
        record.note(targetProcess, signal, reached);
        left.delete(targetProcess);
      }
    }
  }
  for (const targetProcess of left) {
    const [first, then] = signals;
    record.note(targetProcess, signal, signalProcess(table, targetProcess.info, first, then));
  }
}

function isWhole(look: ProcessSnapshot, pgid: number, members: TargetProcess[]): boolean {
  const pids = new Set(members.map(({ info }) => info.pid));
  return look.group(pgid).every((process) => isDead(process) || pids.has(process.pid));
}

/** Whether a signal to a group reaches each of its members. */
export function mayReachAll(): boolean {
  return process.geteuid?.() === 0;
}
