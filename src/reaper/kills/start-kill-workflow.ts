import { type ConnectionLike, WorkflowClient } from '@temporalio/client';
import { requestWorkflowId } from '../../contract/request-ids';
import { CONTROL_TASK_QUEUE, CONTROL_TASK_TIMEOUT_MS } from '../../contract/task-queues';
import type { KillActivitiesRequest } from '../../contract/workflow-requests';
import { CALL_DEADLINE_MS } from '../../server/call-deadline';

/** A kill that has not run by then is useless: the cancel itself has led to one. */
const LIFE_MS = 600_000;

/**
 * Starts the workflow `killActivities` without waiting for it. Uses a client of its own: the data converter and the
 * interceptors of an activity's client must not touch the request.
 */
export async function startKill(
  connection: ConnectionLike,
  namespace: string,
  request: KillActivitiesRequest,
): Promise<void> {
  const count = request.activityIds.length;
  const summary = `kill ${count === 1 ? 'an activity' : `${count} activities`} of ${request.workflowId}`;
  const client = new WorkflowClient({ connection, namespace });
  await connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () =>
    client.start('killActivities', {
      taskQueue: CONTROL_TASK_QUEUE,
      workflowId: requestWorkflowId.killActivities(request),
      args: [request],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowExecutionTimeout: LIFE_MS,
      workflowTaskTimeout: CONTROL_TASK_TIMEOUT_MS,
      staticSummary: [...summary].slice(0, 100).join(''),
    }),
  );
}
