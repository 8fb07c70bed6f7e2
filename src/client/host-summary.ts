import { attemptsOf, processesOf } from '../contract/answer-size';
import type { ContainmentLevel } from '../contract/kill-report';
import type { ListResult } from '../contract/host-requests';
import type { HostOutcome, ListOutcome } from '../contract/outcomes';

/** One worker process. If it did not answer, only its pid, status and message are known. */
export interface WorkerSummary {
  workerPid: number;
  status: HostOutcome<unknown>['status'];
  /** What went wrong, if it did not answer. */
  message?: string;
  level?: ContainmentLevel;
  /** Why the level is not higher; empty at the highest level. */
  levelReason?: string;
  form?: ListResult['form'];
  version?: string;
  /** Number of attempts that it holds. */
  attempts?: number;
  /** Number of their live processes. */
  processes?: number;
}

/** A host and its workers with a reaper. */
export interface HostSummary {
  hostId: string;
  workers: WorkerSummary[];
}

function summarise({ workerPid, status, message, result }: HostOutcome<ListResult>): WorkerSummary {
  if (!result) return { workerPid, status, message };
  const { level, levelReason, form, version } = result;
  const attempts = attemptsOf(result);
  return { workerPid, status, level, levelReason, form, version, attempts, processes: processesOf(result) };
}

/** The workers by host, in listed order. */
export function summariseHosts({ hosts }: ListOutcome): HostSummary[] {
  const byHost = new Map<string, HostSummary>();
  for (const outcome of hosts) {
    const host = byHost.get(outcome.hostId) ?? { hostId: outcome.hostId, workers: [] };
    host.workers.push(summarise(outcome));
    byHost.set(outcome.hostId, host);
  }
  return [...byHost.values()];
}
