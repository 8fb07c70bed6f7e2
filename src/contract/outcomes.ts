import type { RequestCancelRequest } from './control-requests';
import type { KillResult, ListResult } from './host-requests';
import type { WorkerLocation } from './task-queues';

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
   * Set when nothing was killed first, and something may still run. Either the cancellation workflow gave no outcome, for
   * instance since nobody serves the control task queue, and Temporal was asked directly; or the run's worker did not say
   * whether it has the workflow interceptor, and activities go on. The workflow interceptor and the watch then kill.
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
    (outcome.activityId !== undefined && outcome.unreached.length > 0) ||
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
