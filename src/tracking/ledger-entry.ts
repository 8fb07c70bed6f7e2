import { monotonicMs } from '../process/clock';
import type { AttemptRef } from '../contract/attempt-ref';
import type { Escalation } from '../contract/escalation';
import type { ProcessRef } from '../contract/process-ref';
import type { EnclosureRef } from '../process/containment/enclosure';
import { groupExists } from '../process/table/liveness';
import { systemTable } from '../process/table/system-table';
import { SpawnDoor } from './spawn-door';
import type { CleanupTime, KillInProgress } from './kill-in-progress';
import type { OpenedAttempt, ReaperCommand } from './reaper-protocol';

/** What the main thread reports about an attempt while it is open. */
export type AttemptFact = Exclude<ReaperCommand, { type: 'open' | 'close' }>;

/** The fields that change while the attempt is open. */
type Changing =
  | 'deadlineAt'
  | 'escalation'
  | 'syncDepth'
  | 'syncSinceTicks'
  | 'isSyncEnclosed'
  | 'isLive'
  | 'hasCleanup'
  | 'enclosure'
  | 'hasUnenclosed'
  | 'isDetached'
  | 'kill'
  | 'cleanup';

/** One attempt of this worker process, from its first line to its last process. Only its own methods change it. */
export class LedgerEntry {
  readonly token: string;
  readonly attempt: AttemptRef;
  readonly activityType: string;
  readonly taskToken: Uint8Array;
  /** Lower bound of the start of its processes. */
  readonly sinceTicks: string;
  /** How its next kill is done, unless the request says otherwise. */
  readonly escalation: Escalation;
  /** When Temporal times it out, by {@link monotonicMs}; undefined: never, or it is over for Temporal. */
  readonly deadlineAt: number | undefined;
  readonly heartbeatTimeoutMs: number;
  readonly beatDeadline: SharedArrayBuffer | undefined;
  readonly isLocal: boolean;
  readonly leftovers: OpenedAttempt['leftovers'];
  readonly door: SpawnDoor;
  /** Unix time in ms, for people. */
  readonly openedAt = Date.now();
  /** The same moment by {@link monotonicMs}. */
  readonly openedMs = monotonicMs();
  /** Depth of the synchronous spawns that currently block the main loop. */
  readonly syncDepth: number = 0;
  /** Lower bound of the start of the process that blocks the loop. */
  readonly syncSinceTicks: string;
  /** Whether that process is certain to be in the attempt's enclosure. */
  readonly isSyncEnclosed: boolean = false;
  /**
   * It has started a process, handed out its marker, or has other work to clean up: it is watched to its end. The exit of
   * its known processes proves nothing: a daemon is known only by its marker.
   */
  readonly isLive: boolean = false;
  /** It has cleanup work that is not a process. */
  readonly hasCleanup: boolean = false;
  /** Where its processes start; set at the first spawn, at a level that encloses. */
  readonly enclosure: EnclosureRef | undefined;
  /** It has, or may have, a process that was started outside its enclosure. */
  readonly hasUnenclosed: boolean = false;
  /** Its function has returned, and it completes asynchronously. */
  readonly isDetached: boolean = false;
  readonly kill: KillInProgress | undefined;
  readonly cleanup: CleanupTime | undefined;
  private readonly rootsByPid = new Map<number, ProcessRef>();
  private readonly groupIds = new Set<number>();
  private readonly userIds = new Set<number>();

  /** @param workerPid the worker process, whose children are the attempt's roots */
  constructor(
    opened: OpenedAttempt,
    private readonly workerPid: number,
  ) {
    this.token = opened.token;
    this.attempt = opened.attempt;
    this.activityType = opened.activityType;
    this.taskToken = opened.taskToken;
    this.sinceTicks = this.syncSinceTicks = opened.sinceTicks;
    this.escalation = opened.escalation;
    this.deadlineAt = opened.deadlineAt;
    this.heartbeatTimeoutMs = opened.heartbeatTimeoutMs;
    this.beatDeadline = opened.beatDeadline;
    this.isLocal = opened.isLocal;
    this.leftovers = opened.leftovers;
    this.door = new SpawnDoor(opened.door);
  }

  /** Children of the worker, by pid. */
  get roots(): ReadonlyMap<number, ProcessRef> {
    return this.rootsByPid;
  }

  /** Process groups led by a root, even if that root has exited. */
  get groups(): ReadonlySet<number> {
    return this.groupIds;
  }

  /** The users that its processes were started as, where the spawn named one. */
  get users(): ReadonlySet<number> {
    return this.userIds;
  }

  /** @returns whether the attempt may now have a new process */
  take(fact: AttemptFact): boolean {
    switch (fact.type) {
      case 'enclosed':
        this.change({ enclosure: fact.ref });
        return false;
      case 'startsAs':
        this.userIds.add(fact.uid);
        return false;
      case 'escalation':
        this.prepare(fact.escalation);
        return false;
      case 'processExited':
        this.rootsByPid.delete(fact.pid);
        this.dropEmptyGroups();
        return false;
      case 'syncEnded':
        this.change({ syncDepth: this.syncDepth - 1, hasUnenclosed: this.hasUnenclosed || !fact.isEnclosed });
        return false;
      case 'processStarted':
        this.noteRoot(fact.pid, fact.leadsGroup);
        this.change({ hasUnenclosed: this.hasUnenclosed || !fact.isEnclosed });
        break;
      case 'syncStarted': {
        const { isEnclosed: isSyncEnclosed, sinceTicks: syncSinceTicks } = fact;
        this.change({ isSyncEnclosed, syncSinceTicks, syncDepth: this.syncDepth + 1 });
        break;
      }
      case 'cleanupRegistered':
        this.change({ hasCleanup: true });
        break;
      case 'markerHandedOut':
        this.change({ hasUnenclosed: true });
        break;
    }
    this.change({ isLive: true });
    if (this.cleanup) this.cleanup.hasBegun = true;
    return true;
  }

  /** Adds a process that the main thread has not reported. */
  adopt({ pid, startTicks, pgid }: ProcessRef & { pgid: number }): void {
    this.rootsByPid.set(pid, { pid, startTicks });
    if (pgid === pid) this.groupIds.add(pid);
  }

  /**
   * Forgets process groups that the kernel reports as empty: their numbers may be reused for strangers.
   *
   * @returns whether there were any
   */
  dropEmptyGroups(): boolean {
    const { size } = this.groupIds;
    for (const pgid of this.groupIds) if (!this.roots.has(pgid) && !groupExists(pgid)) this.groupIds.delete(pgid);
    return this.groupIds.size < size;
  }

  /** Sets how its next kill is done. */
  prepare(escalation: Escalation): void {
    this.change({ escalation });
  }

  /** Its function has returned, and the activity is completed from elsewhere. */
  detach(): void {
    this.change({ isDetached: true });
  }

  /** Temporal is done with it: its timeouts no longer count. */
  forgetDeadline(): void {
    this.change({ deadlineAt: undefined });
  }

  /** It starts nothing from now on. */
  beginKill(kill: KillInProgress): void {
    this.change({ kill });
  }

  /** That kill was not final: the next request begins another. */
  forgetKill(): void {
    this.change({ kill: undefined });
  }

  /** It may start processes again, to clean up. */
  beginCleanup(cleanup: CleanupTime): void {
    this.change({ cleanup });
    this.door.reopen();
  }

  private noteRoot(pid: number, leadsGroup: boolean): void {
    const found = systemTable().read(pid);
    // The process may already be reaped, and its pid even reused; its group may still have members.
    if (found && [this.workerPid, 0].includes(found.ppid))
      this.rootsByPid.set(pid, { pid, startTicks: found.startTicks });
    if (leadsGroup) this.groupIds.add(pid);
  }

  private change(to: Partial<Pick<LedgerEntry, Changing>>): void {
    Object.assign(this, to);
  }
}
