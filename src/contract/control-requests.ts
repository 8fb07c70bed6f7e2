import type { AttemptRef } from './attempt-ref';
import type { WorkerLocation } from './task-queues';

/** Finds the workers that hold a run's attempts. */
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
  /** Undefined when the attempt has not started, or its worker does not run temporal-reaper. */
  location?: WorkerLocation;
  /** Task queue to send the kill to: the worker's own, else its host's. Undefined when no reaper polls either. */
  taskQueue?: string;
}

/** Whether an attempt runs on a worker without a reaper: its processes cannot be killed. */
export function isUnguarded({ state, taskQueue }: LocatedAttempt): boolean {
  return !taskQueue && state !== 'scheduled' && state !== 'paused';
}

export interface LocateResult {
  workflowId: string;
  runId: string;
  workflowType: string;
  /** Whether the run is closed; `attempts` is empty then. */
  closed: boolean;
  /** Whether the run's next cancel waits for the workflow interceptor's kill; undefined when not probed. */
  interceptor?: 'yes' | 'no' | 'unknown';
  /** Attempt number of the run's current workflow task; undefined when there is none. */
  taskAttempt?: number;
  attempts: LocatedAttempt[];
}

/** Asks Temporal for the cancel, usually after the kill. */
export interface RequestCancelRequest {
  workflowId: string;
  runId: string;
  reason: string;
  /**
   * - `cancel`, `terminate`: the whole run
   * - `cancel-activity`: the activities in `activityIds`, cancelled by the workflow interceptor
   * - `fail-activity`: the same activities, failed by id with a CancelledFailure
   */
  how: 'cancel' | 'terminate' | 'cancel-activity' | 'fail-activity';
  activityIds?: string[];
  /** With `cancel-activity`: nothing was killed yet, so the interceptor kills before it cancels. Default false. */
  killFirst?: boolean;
}

/** Waits until a cancel has taken full effect; bounded by its start-to-close timeout. */
export interface AwaitCancelledRequest {
  workflowId: string;
  runId: string;
  /** Wait only for these activities; default: all activities of the run. */
  activityIds?: string[];
}

export interface AwaitCancelledResult {
  /** The run's status in Temporal, for instance `CANCELED`; `RUNNING` while the run is open. */
  status: string;
  /** Unix time in ms at which the run closed; undefined while it is open. */
  closedAt?: number;
  /** Pending activities that the cancel did not reach, for instance in a non-cancellable scope. */
  unreached: string[];
}

/** A worker process with a reaper, found among the control task queue's pollers. */
export interface LocatedWorker extends WorkerLocation {
  taskQueue: string;
}
