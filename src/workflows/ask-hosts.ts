import { ActivityFailure, ApplicationFailure, TimeoutFailure, TimeoutType } from '@temporalio/common';
import type { HostActivities } from '../activities/host-activities';
import type { HostOutcome } from '../contract/outcomes';
import { type WorkerLocation, hostTaskQueue, workerTaskQueue } from '../contract/task-queues';
import { host } from './activity-proxies';

/** A worker to ask, and through which task queue. */
export interface Asked extends WorkerLocation {
  taskQueue: string;
}

/** Room for a message in the outcome. */
const MESSAGE_SHOWN = 500;

/** Nobody took the request, or who took it fell silent. */
function isUntaken(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return (
    cause instanceof TimeoutFailure &&
    (cause.timeoutType === TimeoutType.SCHEDULE_TO_START || cause.timeoutType === TimeoutType.HEARTBEAT)
  );
}

function failed<Result>({ hostId, workerPid }: WorkerLocation, error: unknown): HostOutcome<Result> {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  // Our own errors are the caller's: bad input, not a bad host.
  if (cause instanceof ApplicationFailure && ['OPTION_INVALID', 'ATTEMPT_REF_INVALID'].includes(cause.type ?? '')) {
    throw cause;
  }
  const status = isUntaken(error) ? 'unreachable' : 'failed';
  const message = cause instanceof Error ? cause.message : String(cause);
  return { hostId, workerPid, status, message: message.slice(0, MESSAGE_SHOWN) };
}

/** Asks one worker, and another one of its host when it does not answer and `ask` makes sense there. */
export async function askHost<Result>(
  asked: Asked,
  summary: string,
  ask: (activities: HostActivities) => Promise<Result>,
  elsewhere: boolean,
): Promise<HostOutcome<Result>> {
  const { hostId, workerPid } = asked;
  try {
    return { hostId, workerPid, status: 'answered', result: await ask(host(asked.taskQueue, summary)) };
  } catch (error) {
    const isOwn = asked.taskQueue === workerTaskQueue(asked);
    if (!isUntaken(error) || !isOwn || !elsewhere) return failed(asked, error);
  }
  return askHost({ ...asked, taskQueue: hostTaskQueue(hostId) }, summary, ask, false);
}

/**
 * Asks every worker; one that is still listed as a poller, but whose process is gone, is left out.
 */
export async function askWorkers<Result>(
  workers: Asked[],
  summary: string,
  ask: (activities: HostActivities) => Promise<Result>,
): Promise<HostOutcome<Result>[]> {
  const answers = await Promise.all(
    workers.map(async (worker) => {
      const answer = await askHost(worker, summary, ask, false);
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
