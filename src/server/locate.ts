import type { ConnectionLike } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { AttemptRef } from '../contract/attempt-ref';
import { type LocateRequest, type LocateResult, type LocatedAttempt } from '../contract/control-requests';
import { isOpen } from '../contract/run-status';
import { type WorkerLocation, hostTaskQueue, parseIdentity, workerTaskQueue } from '../contract/task-queues';
import { pollersOf } from './pollers';
import { probeInterceptor } from './probe-interceptor';
import { type PendingActivity, describeRun, pendingStateOf } from './describe-run';

/** A scheduled activity that waits for its first or next attempt runs nowhere, whatever its last worker was. */
function locationOf(pending: PendingActivity): WorkerLocation | undefined {
  const runsNowhere = ['scheduled', 'paused'].includes(pendingStateOf(pending));
  return runsNowhere ? undefined : parseIdentity(pending.lastWorkerIdentity);
}

/**
 * Finds where a run's attempts are, using Temporal's own pending activities as the registry.
 *
 * @throws ApplicationFailure `TARGET_NOT_FOUND`, not retryable, when the server does not know the workflow
 */
export async function locateAttempts(
  connection: ConnectionLike,
  namespace: string,
  request: LocateRequest,
): Promise<LocateResult> {
  const description = await describeRun(connection, namespace, request);
  const info = description?.workflowExecutionInfo;
  if (!description || !info?.execution?.workflowId || !info.execution.runId) {
    throw ApplicationFailure.nonRetryable(
      `No workflow "${request.workflowId}"${request.runId ? ` with run "${request.runId}"` : ''} in namespace "${namespace}"`,
      'TARGET_NOT_FOUND',
    );
  }
  const workflowId = info.execution.workflowId;
  const runId = info.execution.runId;
  const closed = !isOpen(description);
  const wanted = (description.pendingActivities ?? []).filter(
    ({ activityId }) => !request.activityIds || request.activityIds.includes(activityId ?? ''),
  );
  const taskQueueOf = taskQueueFinder(connection, namespace);
  const [attempts, interceptor] = await Promise.all([
    Promise.all(
      (closed ? [] : wanted).map(async (pending): Promise<LocatedAttempt> => {
        const location = locationOf(pending);
        const attempt: AttemptRef = {
          namespace,
          workflowId,
          runId,
          activityId: pending.activityId ?? '',
          attempt: pending.attempt ?? 1,
        };
        return {
          attempt,
          activityType: pending.activityType?.name ?? '',
          state: pendingStateOf(pending),
          location,
          taskQueue: location && (await taskQueueOf(location)),
        };
      }),
    ),
    request.probeInterceptor && !closed ? probeInterceptor(connection, namespace, { workflowId, runId }) : undefined,
  ]);
  const workflowType = info.type?.name ?? '';
  const taskAttempt = description.pendingWorkflowTask?.attempt ?? undefined;
  return { workflowId, runId, workflowType, closed, interceptor, taskAttempt, attempts };
}

/** The worker's own queue if a reaper polls it, otherwise its host's; asks once per queue. */
function taskQueueFinder(
  connection: ConnectionLike,
  namespace: string,
): (location: WorkerLocation) => Promise<string | undefined> {
  const polled = new Map<string, Promise<boolean>>();
  const isPolled = (taskQueue: string): Promise<boolean> => {
    const known = polled.get(taskQueue);
    if (known) return known;
    const asked = pollersOf(connection, namespace, taskQueue, 'activity').then(({ length }) => length > 0);
    polled.set(taskQueue, asked);
    return asked;
  };
  return async (location) => {
    if (await isPolled(workerTaskQueue(location))) return workerTaskQueue(location);
    return (await isPolled(hostTaskQueue(location.hostId))) ? hostTaskQueue(location.hostId) : undefined;
  };
}
