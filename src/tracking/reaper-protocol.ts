import type { Payload } from '@temporalio/common';
import type { AttemptRef } from '../contract/attempt-ref';
import type { Escalation } from '../contract/escalation';
import type { ContainmentLevel, KillReport } from '../contract/kill-report';
import type { ProcessRef } from '../contract/process-ref';
import type { AfterKill } from '../contract/host-requests';
import type { EnclosureRef } from '../process/containment/enclosure';

/** What the reaper is told about an attempt when it begins. */
export interface OpenedAttempt {
  /** Identifies the attempt within this worker process. */
  token: string;
  attempt: AttemptRef;
  activityType: string;
  taskToken: Uint8Array;
  /** Lower bound of its processes' start, read when it began: this message may arrive after its first process. */
  sinceTicks: string;
  escalation: Escalation;
  /** When Temporal times the attempt out, by `monotonicMs`; undefined when it has no such timeout. */
  deadlineAt?: number;
  /** 0: none. */
  heartbeatTimeoutMs: number;
  /** Memory of its {@link BeatDeadline}; undefined without a heartbeat timeout. */
  beatDeadline?: SharedArrayBuffer;
  /** A local activity: no description of its run shows it. */
  isLocal: boolean;
  /** What to do with processes that are still alive when the attempt has completed. */
  leftovers: 'leave' | 'warn' | 'kill';
  /** Memory of the attempt's door, which the reaper closes. */
  door: SharedArrayBuffer;
}

/**
 * What to do with processes that are still alive when their activity has returned: leave them, leave them and warn, or keep
 * them tracked because the activity completes asynchronously.
 */
export type Leftovers = 'leave' | 'warn' | 'keep';

/** What the main thread tells a reaper about an attempt. `open` comes first, `close` last. */
export type ReaperCommand =
  | ({ type: 'open' } & OpenedAttempt)
  /** The enclosure in which its processes start from now on; sent before the first one. */
  | { type: 'enclosed'; token: string; ref: EnclosureRef }
  /** It starts a process as this user; sent before the first one. */
  | { type: 'startsAs'; token: string; uid: number }
  /** Its next kill is done this way, unless the request says otherwise. */
  | { type: 'escalation'; token: string; escalation: Escalation }
  /** A child was spawned; `leadsGroup`: it has its own session and group; `isEnclosed`: it is inside the attempt's enclosure. */
  | { type: 'processStarted'; token: string; pid: number; leadsGroup: boolean; isEnclosed: boolean }
  | { type: 'processExited'; token: string; pid: number }
  /** A synchronous spawn is about to block the main loop; `isEnclosed`: its process is certain to be inside from birth. */
  | { type: 'syncStarted'; token: string; sinceTicks: string; isEnclosed: boolean }
  /** `isEnclosed`: the process was inside. */
  | { type: 'syncEnded'; token: string; isEnclosed: boolean }
  /** The attempt has cleanup work that is not a process: it is watched as if it had one. */
  | { type: 'cleanupRegistered'; token: string }
  /** A process may run that only the attempt's marker identifies. */
  | { type: 'markerHandedOut'; token: string }
  /** The attempt's function has settled and needs nothing more. */
  | { type: 'close'; token: string; leftovers: Leftovers };

/** What the main thread asks a reaper and waits for. */
export type ReaperRequest =
  /** Kill the attempt's processes; joins a kill in progress. `graceMs`: upper limit of the grace period. */
  | { type: 'kill'; token: string; then: AfterKill; reason: string; graceMs?: number }
  /** The function of a killed attempt has settled: kill what its cleanup has started, and let it start no more. */
  | { type: 'finish'; token: string }
  /**
   * Kill earlier attempts of the activity before this one begins. `isReset`: the activity may have been reset, so earlier
   * attempts can have any number. `reach`: where to look for them.
   */
  | { type: 'fence'; token: string; attempt: AttemptRef; isReset: boolean; reach: 'host' | 'cluster' }
  /** Make the server accept the cancelled result of a killed attempt whose heartbeat window is closed. */
  | { type: 'reportCancellation'; token: string; details?: Payload[] };

/** A reaper as the main thread sees it. */
export interface ReaperLink {
  /** Whether it keeps running while the main loop is blocked. */
  readonly isOnThread: boolean;
  /** Never blocks, and never throws. */
  tell(command: ReaperCommand): void;
  /** Resolves when the request is done; undefined if there is nothing to report. */
  ask(request: ReaperRequest): Promise<KillReport | undefined>;
}

/** What the open attempts of one activity type use. */
export interface TypeUsage {
  activityType: string;
  /** Open attempts that have a live process. */
  attempts: number;
  /** Live processes: children of the worker as of now, their descendants as of the last look. */
  processes: number;
  /** Resident memory at the last look; undefined where the platform does not show it. */
  memoryBytes?: number;
  /** Processor time used since the last report, in whole ms; undefined where the platform does not show it. */
  cpuMs?: number;
}

/** What is counted for metrics in addition to the kills of open attempts. */
export type CountedEvent =
  /** The reaper has opened this level. */
  | { what: 'level'; level: ContainmentLevel }
  /** A kill for no attempt open in this worker: by a fence, by a request, or of what dead workers have left. */
  | { what: 'kill'; cause: 'fence' | 'request' | 'sweep'; report: KillReport }
  /** A guardian of this host had to kill, and has left a report. */
  | { what: 'guardian'; dead: number; alive: number }
  /** What the open attempts use, by activity type: those that are missing have no processes. */
  | { what: 'usage'; types: TypeUsage[] };

/**
 * How the wait for the end of a killed attempt has ended. The next heartbeat brings it, unless it is `late`.
 * - `cancelled`: the server has the cancel
 * - `gone`: Temporal is done with the attempt, for instance because its run is closed
 * - `paused`: the activity is paused
 * - `late`: nothing has come in time
 */
export type HoldEnd = 'cancelled' | 'gone' | 'paused' | 'late';

/** What a reaper tells the main thread. */
export type ReaperNotice =
  /**
   * A kill has begun; the door is closed. `isCleanup`: it kills what the cleanup of a killed attempt has started. `isOver`:
   * the attempt's timeouts no longer count, or it has none.
   */
  | { type: 'killing'; token: string; then: AfterKill; reason: string; isCleanup: boolean; isOver: boolean }
  /** The kill is over; `then`: what it was for, undefined when it failed. */
  | { type: 'killed'; token: string; report: KillReport; then?: AfterKill }
  /** An attempt that completes asynchronously is over, and its left-over processes live on. */
  | { type: 'closed'; token: string }
  /**
   * A killed attempt need not be held open any longer, or one that had nothing to kill is over. `by`: see {@link HoldEnd}.
   */
  | { type: 'holdEnded'; token: string; by: HoldEnd }
  | { type: 'counted'; counted: CountedEvent }
  /** A guardian is running; if the reaper crashes, it is left behind. */
  | { type: 'guardianStarted'; guardian: ProcessRef };

/** Writes a line to the worker's log. */
export type ReaperLog = (
  level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR',
  message: string,
  attributes?: Record<string, unknown>,
) => void;

/** Receives what a reaper reports. */
export interface ReaperNotices {
  readonly notify: (notice: ReaperNotice) => void;
  readonly log: ReaperLog;
}
