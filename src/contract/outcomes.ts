import type { RequestCancelRequest } from './control-requests';
import type { KillResult, ListResult } from './host-requests';
import { deathsOf, survivalsOf } from './kill-report';
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
  /** Numbers of what is not listed above, since the outcome would not fit; undefined when all is. */
  omitted?: { workers: number; unguarded: number; unreached: number; dead: number; alive: number };
}

export interface ListOutcome {
  hosts: HostOutcome<ListResult>[];
  /** Numbers of the workers that are not listed, since the outcome would not fit, and of what they hold. */
  omitted?: { workers: number; attempts: number; processes: number };
}

/** Number of processes that a worker's kills left alive, listed or not. */
export function aliveOn({ result }: HostOutcome<KillResult>): number {
  if (!result) return 0;
  const { survived, denied } = result.omitted?.processes ?? { survived: 0, denied: 0 };
  return result.kills.reduce((sum, { report }) => sum + survivalsOf(report), survived + denied);
}

/** Number of processes that a worker's kills saw die, listed or not. */
export function deadOn({ result }: HostOutcome<KillResult>): number {
  if (!result) return 0;
  const { exited, killed } = result.omitted?.processes ?? { exited: 0, killed: 0 };
  return result.kills.reduce((sum, { report }) => sum + deathsOf(report), exited + killed);
}

/** Whether something may still run: survivors, hosts that did not answer, attempts nobody guards. */
export function isIncomplete(outcome: CancelOutcome): boolean {
  return (
    outcome.degraded !== undefined ||
    (outcome.activityId !== undefined && outcome.unreached.length > 0) ||
    outcome.unguarded.length > 0 ||
    (outcome.omitted?.alive ?? 0) > 0 ||
    outcome.hosts.some((host) => host.status !== 'answered' || aliveOn(host) > 0)
  );
}
