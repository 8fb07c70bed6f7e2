import type { RequestCancelRequest } from './control-requests';
import type { KillResult, ListResult } from './host-requests';
import { deathsOf, survivalsOf } from './kill-report';
import type { WorkerLocation } from './task-queues';

/** The answer of one worker process. */
export interface HostOutcome<Result> extends WorkerLocation {
  /** `unreachable`: no reaper took the request in time; `failed`: a reaper took the request and failed. */
  status: 'answered' | 'unreachable' | 'failed';
  /** What went wrong, if it did not answer. */
  message?: string;
  result?: Result;
}

/** The result of every cancellation workflow. */
export interface CancelOutcome {
  workflowId?: string;
  runId?: string;
  activityId?: string;
  /** What Temporal was asked to do; `none` for killAll and for a run that closed meanwhile. */
  cancel: RequestCancelRequest['how'] | 'none';
  /** Why Temporal was not asked, or why it refused. */
  cancelError?: string;
  hosts: HostOutcome<KillResult>[];
  /**
   * Set when there is no kill report and something may still run. Either the cancellation workflow gave no outcome, for
   * instance because no worker serves the control task queue, and Temporal was asked directly; or the run's worker did not
   * say whether it has the workflow interceptor, and activities still run. The workflow interceptor and the watch then kill.
   */
  degraded?: string;
  /** Activities that could not be killed because their worker runs no reaper. */
  unguarded: string[];
  /** Activities that the cancel did not reach, for instance in a non-cancellable scope. */
  unreached: string[];
  /** The run's status in Temporal after the cancel; undefined for killAll. */
  status?: string;
  /** Unix times in ms. */
  requestedAt: number;
  locatedAt?: number;
  cancelRequestedAt?: number;
  closedAt?: number;
  /** Counts of what was left out because the outcome would not fit; undefined when everything is listed. */
  omitted?: { workers: number; unguarded: number; unreached: number; dead: number; alive: number };
}

/** The result of a list. */
export interface ListOutcome {
  hosts: HostOutcome<ListResult>[];
  /** Counts of workers, and of what they hold, left out because the outcome would not fit. */
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

/** Numbers of processes that the kills of all workers saw die and left alive, listed or not. */
export function totalsOf({ hosts, omitted }: CancelOutcome): { dead: number; alive: number } {
  const total = (of: typeof deadOn): number => hosts.reduce((sum, host) => sum + of(host), 0);
  return { dead: total(deadOn) + (omitted?.dead ?? 0), alive: total(aliveOn) + (omitted?.alive ?? 0) };
}

/** Whether something may still run: survivors, hosts that did not answer, unguarded activities. */
export function isIncomplete(outcome: CancelOutcome): boolean {
  return (
    outcome.degraded !== undefined ||
    (outcome.activityId !== undefined && outcome.unreached.length > 0) ||
    outcome.unguarded.length > 0 ||
    (outcome.omitted?.alive ?? 0) > 0 ||
    outcome.hosts.some((host) => host.status !== 'answered' || aliveOn(host) > 0)
  );
}
