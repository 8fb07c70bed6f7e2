import { ActivityFailure, ApplicationFailure, TimeoutFailure, TimeoutType } from '@temporalio/common';
import type { HostActivities } from '../activities/host-activities';
import { graceUsedMs } from '../contract/kill-timeouts';
import type { HostOutcome } from '../contract/outcomes';
import { type WorkerLocation, hostTaskQueue, workerTaskQueue } from '../contract/task-queues';
import { hostActivities } from './activity-proxies';

/** A worker to ask, with the task queue to use. */
export interface AskedWorker extends WorkerLocation {
  taskQueue: string;
}

/** Longest message in the outcome, in characters. */
const MESSAGE_SHOWN = 500;

/** Whether no worker took the request, or the worker that took it fell silent. */
function isUntaken(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return (
    cause instanceof TimeoutFailure &&
    (cause.timeoutType === TimeoutType.SCHEDULE_TO_START || cause.timeoutType === TimeoutType.HEARTBEAT)
  );
}

function failed<Result>({ hostId, workerPid }: WorkerLocation, error: unknown): HostOutcome<Result> {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  // These errors mean bad input from the caller, not a bad host.
  if (cause instanceof ApplicationFailure && ['OPTION_INVALID', 'ATTEMPT_REF_INVALID'].includes(cause.type ?? '')) {
    throw cause;
  }
  const status = isUntaken(error) ? 'unreachable' : 'failed';
  const message = cause instanceof Error ? cause.message : String(cause);
  return { hostId, workerPid, status, message: message.slice(0, MESSAGE_SHOWN) };
}

/**
 * Asks one worker. If it does not answer, asks another worker of its host, provided that `elsewhere` allows it.
 *
 * @param usedMs how much grace an earlier worker may already have given
 */
export async function askHost<Result>(
  asked: AskedWorker,
  summary: string,
  ask: (activities: HostActivities, usedMs: number) => Promise<Result>,
  elsewhere: boolean,
  usedMs = 0,
): Promise<HostOutcome<Result>> {
  const { hostId, workerPid } = asked;
  const startedAt = Date.now();
  try {
    return {
      hostId,
      workerPid,
      status: 'answered',
      result: await ask(hostActivities(asked.taskQueue, summary), usedMs),
    };
  } catch (error) {
    const isOwn = asked.taskQueue === workerTaskQueue(asked);
    if (!isUntaken(error) || !isOwn || !elsewhere) return failed(asked, error);
  }
  return askHost(
    { ...asked, taskQueue: hostTaskQueue(hostId) },
    summary,
    ask,
    false,
    graceUsedMs(Date.now() - startedAt),
  );
}

/**
 * Asks every worker. Leaves out workers that are still listed as pollers although their process is gone.
 *
 * @param what the Temporal UI shows it after the activity's type, with the host: `kill • everything on host-a`
 */
export async function askWorkers<Result>(
  workers: AskedWorker[],
  what: string,
  ask: (activities: HostActivities) => Promise<Result>,
): Promise<HostOutcome<Result>[]> {
  const answers = await Promise.all(
    workers.map(async (worker) => {
      const answer = await askHost(worker, `${what} on ${worker.hostId}`, ask, false);
      if (answer.status !== 'unreachable') return answer;
      const gone = await askHost(
        { ...worker, taskQueue: hostTaskQueue(worker.hostId) },
        `is worker ${worker.workerPid} gone?`,
        ({ isWorkerGone }) => isWorkerGone(worker.workerPid),
        false,
      );
      return gone.result === true ? undefined : answer;
    }),
  );
  return answers.filter((answer) => answer !== undefined);
}
