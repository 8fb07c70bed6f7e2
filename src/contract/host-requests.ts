import type { AttemptRef } from './attempt-ref';
import type { Escalation } from './escalation';
import type { ContainmentLevel, KillReport } from './kill-report';
import type { ProcessInfo } from './process-ref';
import type { WorkerLocation } from './task-queues';

/**
 * What becomes of the attempt once its processes are dead:
 * - `cancel`: a cancel, terminate or close of its run follows; the attempt is held open until it arrives
 * - `fail`: nothing follows; it fails as `ATTEMPT_KILLED`, not retried
 * - `retry`: nothing follows; it fails as `ATTEMPT_KILLED`, retried as its retry policy says
 */
export type AfterKill = 'cancel' | 'fail' | 'retry';

export interface KillRequest {
  /** `all`: every attempt that this worker process holds. */
  attempts: AttemptRef[] | 'all';
  reason: string;
  then: AfterKill;
  /** Default: what the worker is configured with. */
  escalation?: Escalation;
}

/** Kills every attempt of this activity that comes before this one. */
export interface KillEarlierRequest {
  before: AttemptRef;
}

/** One attempt and what became of its processes. */
export interface AttemptKill {
  attempt: AttemptRef;
  activityType?: string;
  report: KillReport;
}

export interface KillResult extends WorkerLocation {
  kills: AttemptKill[];
}

/** Sets the escalation that the coming kill of these attempts uses, whoever asks for it. */
export interface PrepareRequest {
  attempts: AttemptRef[];
  escalation: Escalation;
}

/** Reads back the reports of kills that the workflow interceptor or the watch made. Kept for 10 minutes. */
export interface CollectRequest {
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
}

export interface ListResult extends WorkerLocation {
  level: ContainmentLevel;
  /** Why not a higher level; empty when there is none. */
  levelReason: string;
  form: 'thread' | 'inline';
  version: string;
  attempts: ListedAttempt[];
}
