import { type ConnectionLike, WorkflowClient } from '@temporalio/client';
import { requestWorkflowId } from '../contract/request-ids';
import { CONTROL_TASK_QUEUE, CONTROL_TASK_TIMEOUT_MS } from '../contract/task-queues';
import type { KillActivitiesRequest } from '../contract/workflow-requests';
import { CALL_DEADLINE_MS } from '../activities/run-description';

/** A kill that nobody serves by then is of no use: the cancel itself has brought one. */
const LIFE_MS = 600_000;

/**
 * Starts the workflow `killActivities`, and does not wait for it. With a client of its own: neither the data converter nor
 * the interceptors of the client that an activity has may touch the request.
 */
export async function startKill(
  connection: ConnectionLike,
  namespace: string,
  request: KillActivitiesRequest,
): Promise<void> {
  const client = new WorkflowClient({ connection, namespace });
  await connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () =>
    client.start('killActivities', {
      taskQueue: CONTROL_TASK_QUEUE,
      workflowId: requestWorkflowId.killActivities(request),
      args: [request],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowExecutionTimeout: LIFE_MS,
      workflowTaskTimeout: CONTROL_TASK_TIMEOUT_MS,
      staticSummary: `kill ${request.activityIds.length} activities of ${request.workflowId}`.slice(0, 100),
    }),
  );
}
