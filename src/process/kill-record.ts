import type { KillReport, ProcessFate, Proof } from '../contract/kill-report';
import type { ProcessInfo, ProcessRef } from '../contract/process-ref';
import type { Containment, Known } from './containment/containment';
import { isDead } from './look';
import type { Sent } from './signal';

/** One process in the course of a kill. */
export interface Quarry {
  info: ProcessInfo;
  /** Last signal that reached it. */
  signal?: NodeJS.Signals;
  denied: boolean;
  /** From the start of the kill, in ms; undefined while alive. */
  deadAfterMs?: number;
}

/** What one kill has seen and done so far; becomes its report. */
export class KillRecord implements Known {
  looks = 0;
  private readonly quarries = new Map<string, Quarry>();
  private readonly ledGroups = new Map<number, string>();
  private readonly emptied = new Set<number>();
  private readonly deadMembers = new Map<number, Set<string>>();
  private readonly startedAt = Date.now();
  private readonly begin = performance.now();
  private firstSignalMs?: number;

  elapsedMs(): number {
    return performance.now() - this.begin;
  }

  /** From the start of the kill to its first signal; undefined before. */
  get firstSignalAfterMs(): number | undefined {
    return this.firstSignalMs;
  }

  *members(): Iterable<ProcessRef> {
    for (const { info } of this.quarries.values()) yield info;
  }

  led(): ReadonlyMap<number, string> {
    return this.ledGroups;
  }

  /** A group that was seen empty may be another's when its number shows again; only its leader's identity counts then. */
  isEmptied(pgid: number): boolean {
    return this.emptied.has(pgid);
  }

  noteEmptied(pgid: number): void {
    this.emptied.add(pgid);
    this.ledGroups.delete(pgid);
  }

  /**
   * Whether a group of which a look shows no living member may have one all the same: it shows none at all, or a dead one
   * that the look before did not. What forks and exits faster than a look leaves zombies behind until init reaps them.
   */
  isRestless(pgid: number, members: readonly ProcessInfo[]): boolean {
    if (!members.every(isDead)) return false;
    const before = this.deadMembers.get(pgid);
    const now = new Set(members.map(({ pid, startTicks }) => `${pid}:${startTicks}`));
    this.deadMembers.set(pgid, now);
    return now.size === 0 || !before || [...now].some((member) => !before.has(member));
  }

  /** Takes in what a look found: all else has died. */
  observe(found: ProcessInfo[]): void {
    this.looks++;
    const alive = new Set<string>();
    for (const info of found) {
      if (info.pgid === info.pid || info.sid === info.pid) {
        this.ledGroups.set(info.pid, info.startTicks);
        this.emptied.delete(info.pid);
      }
      if (isDead(info)) continue;
      const key = `${info.pid}:${info.startTicks}`;
      alive.add(key);
      const quarry = this.quarries.get(key);
      if (quarry) Object.assign(quarry, { info, deadAfterMs: undefined });
      else this.quarries.set(key, { info, denied: false });
    }
    for (const [key, quarry] of this.quarries) {
      if (!alive.has(key)) this.noteDeath(quarry);
    }
  }

  noteDeath(quarry: Quarry): void {
    quarry.deadAfterMs ??= this.elapsedMs();
  }

  alive(): Quarry[] {
    return [...this.quarries.values()].filter(({ deadAfterMs }) => deadAfterMs === undefined);
  }

  /** Notes the outcome of a signal. */
  note(quarry: Quarry, signal: NodeJS.Signals, sent: Sent): void {
    if (sent === 'denied') quarry.denied = true;
    if (sent !== 'sent') return;
    quarry.denied = false;
    quarry.signal = signal;
    this.firstSignalMs ??= this.elapsedMs();
  }

  /** @param unseen groups that still have members though no look shows one; 0 stands for the target's enclosure */
  report({ level }: Containment, proof: Proof, unseen: number[]): KillReport {
    const processes = [...[...this.quarries.values()].map(fateOf), ...unseen.map((pgid) => this.fateOfUnseen(pgid))];
    const deaths = processes.flatMap(({ deadAfterMs }) => deadAfterMs ?? []);
    const lastDeathMs = deaths.length > 0 ? deaths.reduce((a, b) => Math.max(a, b)) : undefined;
    const unixTime = (ms?: number) => (ms === undefined ? undefined : Math.round(this.startedAt + ms));
    return {
      level,
      proof,
      startedAt: this.startedAt,
      firstSignalAt: unixTime(this.firstSignalMs),
      lastDeathAt: unixTime(lastDeathMs),
      durationMs: this.elapsedMs(),
      looks: this.looks,
      processes,
    };
  }

  /** All that is known of such a survivor is its group. */
  private fateOfUnseen(pgid: number): ProcessFate {
    const startTicks = this.ledGroups.get(pgid) ?? '';
    return { pid: pgid, startTicks, ppid: 0, pgid, sid: 0, name: '', fate: 'survived', state: '?' };
  }
}

function fateOf({ info, signal, denied, deadAfterMs }: Quarry): ProcessFate {
  const { state, ...process } = info;
  if (deadAfterMs === undefined) return { ...process, fate: denied ? 'denied' : 'survived', signal, state };
  return { ...process, fate: signal === 'SIGKILL' ? 'killed' : 'exited', signal, deadAfterMs };
}
