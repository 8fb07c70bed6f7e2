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

/* ---- activities of the control task queue ---- */

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
  /** Undefined when not probed. */
  interceptor?: boolean;
  attempts: LocatedAttempt[];
}

/** Asks Temporal for the cancel, after the kill. */
export interface RequestCancelRequest {
  workflowId: string;
  runId: string;
  reason: string;
  /**
   * - `cancel`, `terminate`: the whole run
   * - `cancel-activity`: one activity, by the workflow interceptor
   * - `fail-activity`: one activity, failed by id with a CancelledFailure
   */
  how: 'cancel' | 'terminate' | 'cancel-activity' | 'fail-activity';
  activityId?: string;
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

/* ---- activities of the host and worker task queues ---- */

export interface KillRequest {
  /** `all`: every attempt that this worker process holds. */
  attempts: AttemptRef[] | 'all';
  reason: string;
  then: AfterKill;
  /** Default: what the worker is configured with. */
  escalation?: Escalation;
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

/* ---- workflows of the control task queue ---- */

/** Workflow type `cancelActivity`. */
export interface CancelActivityRequest {
  workflowId: string;
  runId: string;
  activityId: string;
  reason: string;
  escalation?: Escalation;
}

/** Workflow type `cancelWorkflow`. */
export interface CancelWorkflowRequest {
  workflowId: string;
  runId: string;
  reason: string;
  /** Terminate in place of cancel: everything is killed, workflow code sees nothing. */
  terminate?: boolean;
  escalation?: Escalation;
}

/** Workflow type `killAll`. */
export interface KillAllRequest {
  /** Default: every host that polls. */
  hostIds?: string[];
  reason: string;
  then: Exclude<AfterKill, 'cancel'>;
  escalation?: Escalation;
}

/** A worker process with a reaper, as the control task queue's pollers show it. */
export interface LocatedWorker extends WorkerLocation {
  taskQueue: string;
}

/** Workflow type `listProcesses`. */
export interface ListRequest {
  hostIds?: string[];
}

/** What one worker process answered. */
export interface HostOutcome<Result> extends WorkerLocation {
  /** `unreachable`: no reaper took the request in time; `failed`: it took it and broke. */
  status: 'answered' | 'unreachable' | 'failed';
  /** What went wrong, when not answered. */
  message?: string;
  result?: Result;
}

/** The value of every cancellation workflow. */
export interface CancelOutcome {
  workflowId?: string;
  runId?: string;
  activityId?: string;
  /** What was asked of Temporal; `none` for killAll and for a run that closed meanwhile. */
  cancel: RequestCancelRequest['how'] | 'none';
  /** Why Temporal was not asked, or refused. */
  cancelError?: string;
  hosts: HostOutcome<KillResult>[];
  /**
   * Set when nobody served the control task queue, and Temporal was asked directly, without a kill first: the workflow
   * interceptor and the watch then kill.
   */
  degraded?: string;
  /** Activities that could not be killed because their worker runs no reaper. */
  unguarded: string[];
  /** Activities that the cancel did not reach, for instance in a non-cancellable scope. */
  unreached: string[];
  /** Temporal's word for the run after the cancel; undefined for killAll. */
  status?: string;
  /** Unix times in ms. */
  requestedAt: number;
  locatedAt?: number;
  cancelRequestedAt?: number;
  closedAt?: number;
}

export interface ListOutcome {
  hosts: HostOutcome<ListResult>[];
}

/** Whether something may still run: survivors, hosts that did not answer, attempts nobody guards. */
export function isIncomplete(outcome: CancelOutcome): boolean {
  return (
    outcome.degraded !== undefined ||
    outcome.unguarded.length > 0 ||
    outcome.hosts.some(
      ({ status, result }) =>
        status !== 'answered' ||
        (result?.kills ?? []).some(({ report }) =>
          report.processes.some(({ fate }) => fate === 'survived' || fate === 'denied'),
        ),
    )
  );
}

/** Workflow id of a request: a second request for the same target joins the first. */
export const requestWorkflowId = {
  cancelActivity: (r: Pick<CancelActivityRequest, 'workflowId' | 'runId' | 'activityId'>): string =>
    `temporal-reaper/cancel-activity/${r.workflowId}/${r.runId}/${r.activityId}`,
  cancelWorkflow: (r: Pick<CancelWorkflowRequest, 'workflowId' | 'runId' | 'terminate'>): string =>
    `temporal-reaper/${r.terminate ? 'terminate' : 'cancel'}-workflow/${r.workflowId}/${r.runId}`,
  killAll: (r: Pick<KillAllRequest, 'hostIds'>): string =>
    `temporal-reaper/kill-all/${r.hostIds ? [...r.hostIds].sort().join(',') : 'every-host'}`,
};

/** Workflow signal with which the interceptor cancels one activity; the id travels in {@link REQUEST_HEADER}. */
export const CANCEL_ACTIVITY_SIGNAL = 'temporal-reaper.cancel-activity';

/** Local activity of the user's own worker with which the workflow interceptor finds its attempts. */
export const LOCATE_LOCAL_ACTIVITY = 'temporalReaperLocate';

/** Headers pass by the user's payload codec and converter, which our workers do not have. */
export const REQUEST_HEADER = 'temporal-reaper-request';
