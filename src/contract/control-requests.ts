import type { AttemptRef } from './attempt-ref';
import type { WorkerLocation } from './task-queues';

/** Finds where a run's attempts are. */
export interface LocateRequest {
  workflowId: string;
  /** Default: the current run. */
  runId?: string;
  /** Default: all pending activities. */
  activityIds?: string[];
  /** Also ask whether the run has the workflow interceptor; costs one query to its worker, bounded to 2 s. */
  probeInterceptor?: boolean;
}

export type PendingState = 'scheduled' | 'started' | 'cancel-requested' | 'paused' | 'pause-requested';

export interface LocatedAttempt {
  attempt: AttemptRef;
  activityType: string;
  state: PendingState;
  /** Undefined when not started, or when its worker does not run temporal-reaper. */
  location?: WorkerLocation;
  /** Task queue to send the kill to: the worker's own, else its host's. Undefined when no reaper polls either. */
  taskQueue?: string;
}

export interface LocateResult {
  workflowId: string;
  runId: string;
  workflowType: string;
  /** The run no longer runs; then `attempts` is empty. */
  closed: boolean;
  /** Whether its next cancel waits for the workflow interceptor's kill; undefined when not probed. */
  interceptor?: 'yes' | 'no' | 'unknown';
  /** How often its current workflow task has been tried; undefined when there is none. */
  taskAttempt?: number;
  attempts: LocatedAttempt[];
}

/** Asks Temporal for the cancel, after the kill. */
export interface RequestCancelRequest {
  workflowId: string;
  runId: string;
  reason: string;
  /**
   * - `cancel`, `terminate`: the whole run
   * - `cancel-activity`: the activities of `activityIds`, by the workflow interceptor
   * - `fail-activity`: the same, failed by id with a CancelledFailure
   */
  how: 'cancel' | 'terminate' | 'cancel-activity' | 'fail-activity';
  activityIds?: string[];
}

/** Waits until a cancel has reached everything that it reaches; bounded by its start-to-close timeout. */
export interface AwaitCancelledRequest {
  workflowId: string;
  runId: string;
  /** Wait for these only; default: all activities of the run. */
  activityIds?: string[];
}

export interface AwaitCancelledResult {
  /** Temporal's word, for instance `CANCELED`; `RUNNING` while the run is open. */
  status: string;
  /** Unix time in ms at which the run closed; undefined while it is open. */
  closedAt?: number;
  /** Pending activities that the cancel did not reach, for instance in a non-cancellable scope. */
  unreached: string[];
}

/** A worker process with a reaper, as the control task queue's pollers show it. */
export interface LocatedWorker extends WorkerLocation {
  taskQueue: string;
}
