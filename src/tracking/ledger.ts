import { type AttemptRef, sameActivity } from '../contract/attempt-ref';
import type { Escalation } from '../contract/escalation';
import type { KillReport } from '../contract/kill-report';
import type { ProcessRef } from '../contract/process-ref';
import type { AfterKill, KillActivityRun } from '../contract/host-requests';
import type { EnclosureRef } from '../process/containment/enclosure';
import { groupExists } from '../process/identity';
import { systemTable } from '../process/system-table';
import { Door } from './door';
import type { OpenedAttempt } from './link';

/** A kill under way or done. */
export interface KillInProgress {
  then: AfterKill;
  reason: string;
  report: Promise<KillReport>;
  /** How it is done; whoever joins it may shorten it. */
  escalation: Escalation;
  /** How long the attempt may clean up afterwards, in ms. */
  cleanupMs: number;
  /** The activities that ask for it. */
  runs: KillActivityRun[];
}

/** The time after its kill in which an attempt may start processes again. */
export interface CleanupTime {
  /** Unix time in ms. */
  endsAt: number;
  /** Whether it has started any. */
  hasBegun: boolean;
  /** Ends it when its time is up. */
  timer: NodeJS.Timeout;
  /** The kill of what it has left; undefined as long as it goes on. */
  end?: Promise<KillReport>;
  /** Resolves when that is over, or the attempt is closed. */
  over: Promise<void>;
  resolveOver(): void;
}

/** One attempt of this worker process, from its first line to its last process. */
export interface LedgerEntry extends Omit<OpenedAttempt, 'door'> {
  door: Door;
  /** Unix time in ms. */
  openedAt: number;
  roots: Map<number, ProcessRef>;
  /** Groups led by a root, also when that root has exited. */
  groups: Set<number>;
  /** Depth of synchronous spawns that block the main loop now. */
  syncDepth: number;
  /** Lower bound of the start of the process that blocks it. */
  syncSinceTicks: string;
  /**
   * It has started a process, handed out its marker, or has other work to clean up: it is watched to its end. That its
   * known processes are gone proves nothing: a daemon is known by its marker only.
   */
  isLive: boolean;
  /** It has work to clean up that is no process. */
  hasCleanup: boolean;
  /** Where its processes start, once it has started one at a level that encloses. */
  enclosure?: EnclosureRef;
  /** It has, or may have, a process that was started outside of its enclosure. */
  hasUnenclosed: boolean;
  /** Its function has returned, and it completes asynchronously. */
  detached: boolean;
  kill?: KillInProgress;
  cleanup?: CleanupTime;
}

/** Forgets groups that the kernel says are empty: their numbers may be given to strangers. */
export function dropEmptyGroups({ roots, groups }: LedgerEntry): void {
  for (const pgid of groups) if (!roots.has(pgid) && !groupExists(pgid)) groups.delete(pgid);
}

/** Notes a child of the worker. */
export function noteRoot({ roots, groups }: LedgerEntry, workerPid: number, pid: number, leadsGroup: boolean): void {
  const found = systemTable().read(pid);
  // It may be gone and reaped already, even its number given away; its group may still have members.
  if (found && [workerPid, 0].includes(found.ppid)) roots.set(pid, { pid, startTicks: found.startTicks });
  if (leadsGroup) groups.add(pid);
}

interface Finished {
  attempt: AttemptRef;
  activityType: string;
  report: KillReport;
  at: number;
}

const KEEP_REPORTS_MS = 10 * 60_000;
const KEEP_REPORTS = 10_000;

/** Attempt to processes, in memory. What must survive a crash is in the processes' own environment. */
export class Ledger {
  private readonly entries = new Map<string, LedgerEntry>();
  private finished: Finished[] = [];

  open(opened: OpenedAttempt): LedgerEntry {
    const entry: LedgerEntry = {
      ...opened,
      door: new Door(opened.door),
      openedAt: Date.now(),
      roots: new Map(),
      groups: new Set(),
      syncDepth: 0,
      syncSinceTicks: opened.sinceTicks,
      isLive: false,
      hasCleanup: false,
      hasUnenclosed: false,
      detached: false,
    };
    this.entries.set(opened.token, entry);
    return entry;
  }

  get(token: string): LedgerEntry | undefined {
    return this.entries.get(token);
  }

  delete(token: string): void {
    this.entries.delete(token);
  }

  all(): LedgerEntry[] {
    return [...this.entries.values()];
  }

  /** The open attempt, if this process holds it. */
  find(ref: AttemptRef): LedgerEntry | undefined {
    // The latest: one that was reset has the number of another.
    return this.all()
      .filter((entry) => entry.attempt.attempt === ref.attempt && sameActivity(entry.attempt, ref))
      .at(-1);
  }

  keepReport(entry: LedgerEntry, report: KillReport): void {
    const now = Date.now();
    this.finished = this.finished.filter(({ at }) => now - at < KEEP_REPORTS_MS).slice(-KEEP_REPORTS + 1);
    this.finished.push({ attempt: entry.attempt, activityType: entry.activityType, report, at: now });
  }

  /** Reports of attempts of the same activity that were killed here in the last 10 minutes, latest last. */
  reportsOf(ref: AttemptRef): Finished[] {
    return this.finished.filter(({ attempt }) => attempt.attempt === ref.attempt && sameActivity(attempt, ref));
  }
}
