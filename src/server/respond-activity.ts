import type { ConnectionLike } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { CALL_DEADLINE_MS } from './call-deadline';

/** An attempt, as the server names it to its worker. */
export interface ActivityTask {
  namespace: string;
  taskToken: Uint8Array;
}

/** Completes an activity without a payload. */
export async function respondCompleted(connection: ConnectionLike, task: ActivityTask): Promise<void> {
  const { namespace, taskToken } = task;
  await connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () =>
    connection.workflowService.respondActivityTaskCompleted({ namespace, taskToken }),
  );
}

/** Reports an activity as cancelled, which the server accepts once its cancel has been requested. */
export async function respondCanceled(
  connection: ConnectionLike,
  task: ActivityTask,
  payloads?: Payload[],
): Promise<void> {
  const { namespace, taskToken } = task;
  const details = payloads && { payloads };
  await connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () =>
    connection.workflowService.respondActivityTaskCanceled({ namespace, taskToken, details }),
  );
}

/** Fails an activity with an application failure of that type, retryable. */
export async function respondFailed(
  connection: ConnectionLike,
  task: ActivityTask,
  { message, type }: { message: string; type: string },
  withinMs: number,
): Promise<void> {
  const { namespace, taskToken } = task;
  const failure = { message, applicationFailureInfo: { type } };
  await connection.withDeadline(Date.now() + withinMs, () =>
    connection.workflowService.respondActivityTaskFailed({ namespace, taskToken, failure }),
  );
}
