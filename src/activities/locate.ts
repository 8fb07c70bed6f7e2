import type { ConnectionLike } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { AttemptRef } from '../contract/attempt-ref';
import { type LocateRequest, type LocateResult, type LocatedAttempt } from '../contract/control-requests';
import { GRPC_STATUS, grpcDetails, grpcStatus } from '../contract/grpc-status';
import { PROBE_ANSWER, PROBE_QUERY } from '../contract/names';
import { isOpen } from '../contract/run-status';
import { type WorkerLocation, hostTaskQueue, parseIdentity, workerTaskQueue } from '../contract/task-queues';
import { pollersOf } from './pollers';
import { type PendingActivity, describeRun, pendingStateOf } from './run-description';

/** How long a query to the run's own worker may take. */
const PROBE_MS = 2_000;

/** A scheduled activity that waits for its first or next attempt runs nowhere, whatever its last worker was. */
function locationOf(pending: PendingActivity): WorkerLocation | undefined {
  const runsNowhere = ['scheduled', 'paused'].includes(pendingStateOf(pending));
  return runsNowhere ? undefined : parseIdentity(pending.lastWorkerIdentity);
}

/** Whether the run has the workflow interceptor: only that fails the query with our words. */
async function hasInterceptor(
  connection: ConnectionLike,
  namespace: string,
  execution: { workflowId: string; runId: string },
): Promise<NonNullable<LocateResult['interceptor']>> {
  try {
    await connection.withDeadline(Date.now() + PROBE_MS, () =>
      connection.workflowService.queryWorkflow({ namespace, execution, query: { queryType: PROBE_QUERY } }),
    );
    return 'no'; // a default query handler of the user's
  } catch (error) {
    if (`${(error as Error).message} ${grpcDetails(error)}`.includes(PROBE_ANSWER)) return 'yes';
    // The server's code for a query that failed in the worker; without a poller, or without an answer, it has others.
    return grpcStatus(error) === GRPC_STATUS.INVALID_ARGUMENT ? 'no' : 'unknown';
  }
}

/**
 * Finds where a run's attempts are: Temporal's own pending activities are the registry.
 *
 * @throws ApplicationFailure `TARGET_NOT_FOUND`, not retryable, when the server does not know the workflow
 */
export async function locate(
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
    request.probeInterceptor && !closed ? hasInterceptor(connection, namespace, { workflowId, runId }) : undefined,
  ]);
  const workflowType = info.type?.name ?? '';
  const taskAttempt = description.pendingWorkflowTask?.attempt ?? undefined;
  return { workflowId, runId, workflowType, closed, interceptor, taskAttempt, attempts };
}

/** The worker's own queue when a reaper polls it, else its host's; asked once per queue. */
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
