import type { AttemptRef } from './attempt-ref';
import type { Escalation } from './escalation';
import type { ContainmentLevel, Fates, KillReport } from './kill-report';
import type { ListedProcess } from './process-ref';
import type { WorkerLocation } from './task-queues';

/**
 * What happens to the attempt once its processes are dead:
 * - `cancel`: a cancel, terminate or close of its run follows; the attempt is held open until that arrives
 * - `expire`: by this host's clock, Temporal times the attempt out about now. It is held open like `cancel`, and fails as
 *   retryable if the timeout does not come. Never requested
 * - `fail`: nothing follows; the attempt fails as `ATTEMPT_KILLED` and is not retried
 * - `retry`: nothing follows; the attempt fails as `ATTEMPT_KILLED` and its retry policy applies
 */
export type AfterKill = 'cancel' | 'expire' | 'fail' | 'retry';

/** Fields of every request to a host. */
export interface HostRequest {
  /** The sender's protocol version; a host refuses a version newer than its own. Default 1. */
  version?: number;
}

/** Limits the size of an answer. */
export interface AnswerLimit {
  /** Most bytes of the answer's JSON: longer lists are capped and say so. At least 1,024; default and maximum 262,144. */
  maxBytes?: number;
}

export interface KillRequest extends HostRequest, AnswerLimit {
  /** `all`: every attempt that this worker process holds. */
  attempts: AttemptRef[] | 'all';
  reason: string;
  then: AfterKill;
  /** Default: the worker's own configuration. */
  escalation?: Escalation;
  /** How much of the grace the processes have had already, from a worker of the host asked earlier, in ms. Default 0. */
  graceUsedMs?: number;
  /**
   * The request comes from the workflow interceptor of the one run that all attempts belong to. A signal tells the
   * interceptor which kills are over while others still use their grace. Default false.
   */
  gated?: boolean;
}

/** One execution of the kill activity, with all its kills. Never leaves the worker. */
export interface KillActivityRun {
  /** Whether all kills are over. */
  isOver: boolean;
  /** The workflow that scheduled it; it may have scheduled others on other hosts. */
  workflow: { namespace: string; workflowId: string; runId: string };
}

/** Kills every attempt of the activity earlier than `before`. */
export interface KillEarlierRequest extends HostRequest, AnswerLimit {
  before: AttemptRef;
  /** The activity may have been reset: attempts count from 1 again, so an earlier one may have any number. Default false. */
  isReset?: boolean;
}

/** One attempt and the report of its kill. */
export interface AttemptKill {
  attempt: AttemptRef;
  activityType?: string;
  report: KillReport;
}

/** What one worker has killed. */
export interface KillResult extends WorkerLocation {
  kills: AttemptKill[];
  /** Counts of what was left out because the answer would not fit; undefined when everything is listed. */
  omitted?: { attempts: number; processes: Fates };
}

/** Sets the escalation for the next kill of these attempts, whoever requests that kill. */
export interface PrepareRequest extends HostRequest {
  attempts: AttemptRef[];
  escalation: Escalation;
}

/** Reads the reports of kills by the workflow interceptor or the watch. Reports are kept for 10 minutes. */
export interface CollectRequest extends HostRequest, AnswerLimit {
  attempts: AttemptRef[];
}

/** An attempt that a worker holds. */
export interface ListedAttempt {
  attempt: AttemptRef;
  activityType: string;
  /** Unix time in ms. */
  openedAt: number;
  /** Whether a kill of the attempt has begun. */
  closing: boolean;
  processes: ListedProcess[];
  /** Number of processes left out because the answer would not fit; undefined when all are listed. */
  omitted?: number;
}

/** Distinguishes hosts that use the same host id. */
export interface WorkerOrigin {
  /** Boot id of the running kernel; empty where the kernel has none. */
  bootId: string;
  /** Inode of the PID namespace; empty in the initial namespace and on systems without PID namespaces. */
  pidNamespace: string;
}

/** `off`: switched off, or useless because markers cannot be read. `gone`: it died and has not been replaced yet. */
export type GuardianState = 'running' | 'gone' | 'off';

/** What one worker holds, and what it is. */
export interface ListResult extends WorkerLocation {
  level: ContainmentLevel;
  /** Why the level is not higher; empty at the highest level. */
  levelReason: string;
  /** What the user can do to get a higher level. */
  levelRemedy?: string;
  /** Undefined: the worker's version does not report it. */
  origin?: WorkerOrigin;
  /** Undefined: the worker's version does not report it. */
  guardian?: GuardianState;
  form: 'thread' | 'inline';
  version: string;
  /** When the worker read what its processes have used, by its clock: Unix time in ms. Undefined: its version does not report it. */
  listedAt?: number;
  attempts: ListedAttempt[];
  /** Counts of attempts, and of their processes, left out because the answer would not fit. */
  omitted?: { attempts: number; processes: number };
}
