import type { DoubtedProcess, KillReport, ProcessFate, Proof } from '../../contract/kill-report';
import type { ProcessInfo, ProcessRef } from '../../contract/process-ref';
import type { Containment, KillMemory } from '../containment/open-scan-or-basic';
import { isDead } from '../table/process-snapshot';
import type { ProcessTable } from '../table/process-table';
import type { SignalResult } from './signal-process';

/** Anybody can start any number of processes that carry a marker; a report names only the first. */
const MAX_DOUBTED = 10;

/** One process during a kill. */
export interface TargetProcess {
  info: ProcessInfo;
  /** The last signal that reached it. */
  signal?: NodeJS.Signals;
  denied: boolean;
  /** Its real user; undefined until read. */
  uid?: number;
  /** Measured from the start of the kill, in ms; undefined while alive. */
  deadAfterMs?: number;
}

/** What one kill has seen and done so far; turned into its report at the end. */
export class KillRecord implements KillMemory {
  looks = 0;
  private readonly targetProcesses = new Map<string, TargetProcess>();
  private readonly ledGroups = new Map<number, string>();
  private readonly emptied = new Set<number>();
  private readonly doubted = new Map<string, DoubtedProcess>();
  private readonly deadMembers = new Map<number, Set<string>>();
  private readonly startedAt = Date.now();
  private readonly begin = performance.now();
  private firstSignalMs?: number;

  elapsedMs(): number {
    return performance.now() - this.begin;
  }

  /** From the start of the kill to its first signal; undefined before that. */
  get firstSignalAfterMs(): number | undefined {
    return this.firstSignalMs;
  }

  *members(): Iterable<ProcessRef> {
    for (const { info } of this.targetProcesses.values()) yield info;
  }

  *users(): Iterable<number> {
    for (const { uid } of this.targetProcesses.values()) if (uid !== undefined) yield uid;
  }

  /** Reads the users of the processes found since the last call: it cannot be done once they are dead. */
  noteUsers(table: Pick<ProcessTable, 'realUid'>): void {
    for (const targetProcess of this.alive()) targetProcess.uid ??= table.realUid?.(targetProcess.info.pid);
  }

  led(): ReadonlyMap<number, string> {
    return this.ledGroups;
  }

  /** The number of a group seen empty may be reused when it shows up again; then only its leader's identity counts. */
  isEmptied(pgid: number): boolean {
    return this.emptied.has(pgid);
  }

  noteDoubted(process: ProcessInfo, uid: number): void {
    if (this.doubted.size < MAX_DOUBTED)
      this.doubted.set(keyOf(process), { pid: process.pid, name: process.name, uid });
  }

  noteEmptied(pgid: number): void {
    this.emptied.add(pgid);
    this.ledGroups.delete(pgid);
  }

  /**
   * Whether a group may have a living member although the look shows none: it shows no member at all, or a dead one that the
   * look before did not show. Processes that fork and exit faster than a look leave zombies until init reaps them.
   */
  isRestless(pgid: number, members: readonly ProcessInfo[]): boolean {
    if (!members.every(isDead)) return false;
    const before = this.deadMembers.get(pgid);
    const now = new Set(members.map(({ pid, startTicks }) => `${pid}:${startTicks}`));
    this.deadMembers.set(pgid, now);
    return now.size === 0 || !before || [...now].some((member) => !before.has(member));
  }

  /** Records what a look found: everything else has died. */
  observe(found: ProcessInfo[]): void {
    this.looks++;
    const alive = new Set<string>();
    for (const info of found) {
      if (info.pgid === info.pid || info.sid === info.pid) {
        this.ledGroups.set(info.pid, info.startTicks);
        this.emptied.delete(info.pid);
      }
      if (isDead(info)) continue;
      const key = keyOf(info);
      alive.add(key);
      const targetProcess = this.targetProcesses.get(key);
      if (targetProcess) Object.assign(targetProcess, { info, deadAfterMs: undefined });
      else this.targetProcesses.set(key, { info, denied: false });
    }
    for (const [key, targetProcess] of this.targetProcesses) {
      if (!alive.has(key)) this.noteDeath(targetProcess);
    }
  }

  noteDeath(targetProcess: TargetProcess): void {
    targetProcess.deadAfterMs ??= this.elapsedMs();
  }

  alive(): TargetProcess[] {
    return [...this.targetProcesses.values()].filter(({ deadAfterMs }) => deadAfterMs === undefined);
  }

  /** Records the outcome of a signal. */
  note(targetProcess: TargetProcess, signal: NodeJS.Signals, sent: SignalResult): void {
    if (sent === 'denied') targetProcess.denied = true;
    if (sent !== 'sent') return;
    targetProcess.denied = false;
    targetProcess.signal = signal;
    this.firstSignalMs ??= this.elapsedMs();
  }

  /** @param unseen groups that still have members although no look shows one; 0 stands for the target's enclosure */
  report({ level }: Containment, proof: Proof, unseen: number[]): KillReport {
    const processes = [
      ...[...this.targetProcesses.values()].map(fateOf),
      ...unseen.map((pgid) => this.fateOfUnseen(pgid)),
    ];
    const deaths = processes.flatMap(({ deadAfterMs }) => deadAfterMs ?? []);
    const lastDeathMs = deaths.length > 0 ? deaths.reduce((a, b) => Math.max(a, b)) : undefined;
    // A process may have been believed later, by what another look showed.
    const doubted = [...this.doubted].flatMap(([key, process]) => (this.targetProcesses.has(key) ? [] : process));
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
      ...(doubted.length > 0 ? { doubted } : {}),
    };
  }

  /** The group is all that is known of such a survivor. */
  private fateOfUnseen(pgid: number): ProcessFate {
    const startTicks = this.ledGroups.get(pgid) ?? '';
    return { pid: pgid, startTicks, ppid: 0, pgid, sid: 0, name: '', fate: 'survived', state: '?' };
  }
}

function keyOf({ pid, startTicks }: ProcessRef): string {
  return `${pid}:${startTicks}`;
}

function fateOf({ info, signal, denied, deadAfterMs }: TargetProcess): ProcessFate {
  const { state, ...process } = info;
  if (deadAfterMs === undefined) return { ...process, fate: denied ? 'denied' : 'survived', signal, state };
  return { ...process, fate: signal === 'SIGKILL' ? 'killed' : 'exited', signal, deadAfterMs };
}
