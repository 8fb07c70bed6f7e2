import type { Containment } from './containment/containment';
import { ledGroups } from './containment/led-groups';
import { groupExists } from './identity';
import type { KillRecord, Quarry } from './kill-record';
import type { KillTarget } from './kill-target';
import { isDead, type Look } from './look';
import { ledStill } from './process-tree';
import { mayFollow, type Protection } from './protect';
import { signalGroup, signalProcess } from './signal';

/** What a round of signals works on. */
export interface Sight {
  look: Look;
  protection: Protection;
  /** Groups that are the target's own beyond doubt, with the start ticks of each leader. */
  groups: Map<number, string>;
  /** Those of the groups that the kernel says have members though the look shows none alive. */
  unseen: number[];
}

/** Keeps of the target's groups those whose number still means them, and forgets those that the kernel says are empty. */
export function sightOf(look: Look, target: KillTarget, record: KillRecord, protection: Protection): Sight {
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

/** Groups that have members though the look shows none alive: they fork and exit faster than a look. */
export function unseenGroups({ unseen }: Sight): number[] {
  return unseen;
}

/**
 * Sends a signal to every given process once: through its group where that is atomic and hits nobody else, singly
 * otherwise. SIGCONT follows a first signal, for a stopped process acts on none.
 */
export function signalAll(
  containment: Containment,
  sight: Sight,
  record: KillRecord,
  quarries: Quarry[],
  signal: NodeJS.Signals,
): void {
  const { table } = containment;
  const left = new Set(quarries);
  const signals: NodeJS.Signals[] = signal === 'SIGKILL' ? [signal] : [signal, 'SIGCONT'];
  for (const [pgid, leaderTicks] of sight.groups) {
    const members = quarries.filter(({ info }) => info.pgid === pgid);
    const unseen = sight.unseen.includes(pgid);
    if (!unseen && (members.length === 0 || !isWhole(sight.look, pgid, members))) continue;
    for (const each of signals) {
      const sent = signalGroup(table, pgid, leaderTicks, each);
      if (sent !== 'sent' || each === 'SIGCONT') continue;
      for (const quarry of members) {
        // The kernel skips in silence the members that we may not signal.
        const reached = mayReachAll() ? sent : signalProcess(table, quarry.info, 0);
        record.note(quarry, signal, reached);
        left.delete(quarry);
      }
    }
  }
  for (const quarry of left) {
    const sent = signalProcess(table, quarry.info, signal);
    record.note(quarry, signal, sent);
    if (sent === 'sent' && signal !== 'SIGKILL') signalProcess(table, quarry.info, 'SIGCONT');
  }
}

function isWhole(look: Look, pgid: number, members: Quarry[]): boolean {
  const pids = new Set(members.map(({ info }) => info.pid));
  return look.group(pgid).every((process) => isDead(process) || pids.has(process.pid));
}

function mayReachAll(): boolean {
  return process.geteuid?.() === 0;
}
