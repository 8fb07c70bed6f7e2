import type { AttemptRef } from './attempt-ref';
import type { Escalation } from './escalation';
import type { ContainmentLevel, Fates, KillReport } from './kill-report';
import type { ProcessInfo } from './process-ref';
import type { WorkerLocation } from './task-queues';

/**
 * What becomes of the attempt once its processes are dead:
 * - `cancel`: a cancel, terminate or close of its run follows; the attempt is held open until it arrives
 * - `expire`: by this host's own clock Temporal gives it up about now; held open like `cancel`, and retried should that not
 *   come. Never by request
 * - `fail`: nothing follows; it fails as `ATTEMPT_KILLED`, not retried
 * - `retry`: nothing follows; it fails as `ATTEMPT_KILLED`, retried as its retry policy says
 */
export type AfterKill = 'cancel' | 'expire' | 'fail' | 'retry';

/** What every request to a host has. */
export interface HostRequest {
  /** Of the sender; a host refuses a newer one than it knows. Default 1. */
  version?: number;
}

/** Bounds an answer. */
export interface AnswerLimit {
  /** Lists are capped, and said to be, so that the answer's JSON has no more bytes. At least 1,024; default and maximum 262,144. */
  maxBytes?: number;
}

export interface KillRequest extends HostRequest, AnswerLimit {
  /** `all`: every attempt that this worker process holds. */
  attempts: AttemptRef[] | 'all';
  reason: string;
  then: AfterKill;
  /** Default: what the worker is configured with. */
  escalation?: Escalation;
  /**
   * The workflow interceptor of the attempts' run, one for all, asks: it is told by a signal whose kills are over while
   * others still use their grace. Default false.
   */
  gated?: boolean;
}

/** A run of the kill activity: all the kills that it asks for. Never leaves the worker. */
export interface KillActivityRun {
  /** Whether all of them are over. */
  isOver: boolean;
  /** Who has scheduled it, and may have scheduled others on other hosts. */
  workflow: { namespace: string; workflowId: string; runId: string };
}

/** Kills every attempt of this activity that comes before this one. */
export interface KillEarlierRequest extends HostRequest, AnswerLimit {
  before: AttemptRef;
  /** The activity may have been reset: it counts from 1 again, and earlier attempts have any number. Default false. */
  isReset?: boolean;
}

/** One attempt and what became of its processes. */
export interface AttemptKill {
  attempt: AttemptRef;
  activityType?: string;
  report: KillReport;
}

export interface KillResult extends WorkerLocation {
  kills: AttemptKill[];
  /** What is not listed, since the answer would not fit; undefined when all is. */
  omitted?: { attempts: number; processes: Fates };
}

/** Sets the escalation that the coming kill of these attempts uses, whoever asks for it. */
export interface PrepareRequest extends HostRequest {
  attempts: AttemptRef[];
  escalation: Escalation;
}

/** Reads back the reports of kills that the workflow interceptor or the watch made. Kept for 10 minutes. */
export interface CollectRequest extends HostRequest, AnswerLimit {
  attempts: AttemptRef[];
}

export interface ListedAttempt {
  attempt: AttemptRef;
  activityType: string;
  /** Unix time in ms. */
  openedAt: number;
  /** A kill of it has begun. */
  closing: boolean;
  processes: ProcessInfo[];
  /** Number of its processes that are not listed, since the answer would not fit; undefined when all are. */
  omitted?: number;
}

/** Tells apart workers that go by the same host id. */
export interface WorkerOrigin {
  /** Of the running kernel; empty where it tells none. */
  bootId: string;
  /** Inode of the PID namespace; empty in the initial one, and where there are none. */
  pidNamespace: string;
}

/** `off`: not wanted, or of no use since no marker is read there. `gone`: it died, and another one is yet to start. */
export type GuardianState = 'running' | 'gone' | 'off';

export interface ListResult extends WorkerLocation {
  level: ContainmentLevel;
  /** Why not a higher level; empty when there is none. */
  levelReason: string;
  /** What would make a higher level possible, in words. */
  levelRemedy?: string;
  /** Undefined: a worker of a version that does not tell. */
  origin?: WorkerOrigin;
  /** Undefined: a worker of a version that does not tell. */
  guardian?: GuardianState;
  form: 'thread' | 'inline';
  version: string;
  attempts: ListedAttempt[];
  /** Numbers of the attempts that are not listed, since the answer would not fit, and of their processes. */
  omitted?: { attempts: number; processes: number };
}
