import type { AttemptRef } from '../contract/attempt-ref';
import type { Escalation } from '../contract/escalation';
import type { ContainmentLevel, KillReport } from '../contract/kill-report';
import type { ProcessRef } from '../contract/process-ref';
import type { AfterKill } from '../contract/host-requests';
import type { EnclosureRef } from '../process/containment/enclosure';

/** What the reaper is told when an attempt begins. */
export interface OpenedAttempt {
  /** Names the attempt within this worker process. */
  token: string;
  attempt: AttemptRef;
  activityType: string;
  taskToken: Uint8Array;
  /** Lower bound of its processes' start, taken when it began: this message may come after its first process. */
  sinceTicks: string;
  escalation: Escalation;
  /** Unix time in ms at which Temporal gives the attempt up; undefined when it has no such timeout. */
  deadlineAt?: number;
  /** 0: it has none. */
  heartbeatTimeoutMs: number;
  /** Memory of its {@link BeatDeadline}; undefined without a heartbeat timeout. */
  beatDeadline?: SharedArrayBuffer;
  /** A local activity: no description of its run shows it. */
  isLocal: boolean;
  /** What to do with processes that are alive when it has completed. */
  leftovers: 'leave' | 'warn' | 'kill';
  /** Memory of the attempt's door, which the reaper closes. */
  door: SharedArrayBuffer;
}

/**
 * What to do with processes that are alive when their activity has returned: leave them, leave them and say so, or keep
 * them tracked, since the activity completes asynchronously.
 */
export type Leftovers = 'leave' | 'warn' | 'keep';

/** Earlier attempts of the activity have to be dead before this one begins. */
export interface Fence {
  token: string;
  attempt: AttemptRef;
  /** The activity may have been reset: earlier attempts have any number. */
  isReset: boolean;
  /** Where they are looked for. */
  reach: 'host' | 'cluster';
}

/** Main thread to reaper. Calls without a result never block and never throw. */
export interface ReaperLink {
  /** Whether it goes on while the main loop is blocked. */
  readonly isOnThread: boolean;
  open(opened: OpenedAttempt): void;
  /** Kills what earlier attempts of the same activity have left on this host, or on all. */
  fence(fence: Fence): Promise<void>;
  /** Where its processes start from now on; told before the first. */
  enclosed(token: string, ref: EnclosureRef): void;
  /**
   * A child was spawned; `leadsGroup`: it has its own session and group; `isEnclosed`: all was done to start it inside the
   * attempt's enclosure.
   */
  processStarted(token: string, pid: number, leadsGroup: boolean, isEnclosed: boolean): void;
  /** The attempt has work to clean up that is no process: it is watched as if it had one. */
  cleanupRegistered(token: string): void;
  /** Something may run that only the attempt's marker tells. */
  markerHandedOut(token: string): void;
  processExited(token: string, pid: number): void;
  /** A synchronous spawn is about to block the main loop. */
  syncStarted(token: string, sinceTicks: string, isEnclosed: boolean): void;
  syncEnded(token: string): void;
  /** Kills the attempt's processes; joins a kill under way. `graceMs`: with no more grace than this. */
  kill(token: string, then: AfterKill, reason: string, graceMs?: number): Promise<KillReport>;
  /** The function of a killed attempt has settled: ends what its cleanup has started, and lets it start no more. */
  finish(token: string): Promise<KillReport>;
  /** The attempt's function has settled and needs nothing more. */
  close(token: string, leftovers: Leftovers): void;
  /** Makes the server accept the cancelled result of a killed attempt whose heartbeat window is closed. */
  reportCancellation(token: string): Promise<void>;
}

/** What metrics want to know, besides the kills of open attempts. */
export type Counted =
  /** The reaper has opened this level. */
  | { what: 'level'; level: ContainmentLevel }
  /** What no attempt of this worker holds: a fence, somebody's request, or what workers that are gone have left. */
  | { what: 'kill'; cause: 'fence' | 'request' | 'sweep'; report: KillReport }
  /** A guardian of this host had to kill, and has left word of it. */
  | { what: 'guardian'; dead: number; alive: number };

/** Reaper to main thread. */
export interface ReaperNotices {
  /** A kill has begun; the door is closed. `isCleanup`: of what the cleanup of a killed attempt has started. */
  killing(token: string, then: AfterKill, reason: string, isCleanup: boolean): void;
  /** The kill is over; `then`: what it was for, undefined when it broke. */
  killed(token: string, report: KillReport, then?: AfterKill): void;
  /** An attempt that completes asynchronously is over, and what it has left lives on. */
  closed(token: string): void;
  counted(counted: Counted): void;
  /**
   * A killed attempt need not be held open any longer, or one that had nothing to kill is over. `isCancelRequested`: the server has the cancel (or the run is
   * closed, or the attempt is void), and the next heartbeat brings it; else it has not come in time.
   */
  holdEnded(token: string, isCancelRequested: boolean): void;
  /** A guardian runs; the reaper may crash and leave it behind. */
  guardianStarted(guardian: ProcessRef): void;
  /** A line for the worker's log. */
  log: (level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR', message: string, attributes?: Record<string, unknown>) => void;
}
