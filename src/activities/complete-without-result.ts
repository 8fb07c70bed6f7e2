import { CompleteAsyncError, Context } from '@temporalio/activity';
import type { ConnectionLike } from '@temporalio/client';
import { CALL_DEADLINE_MS } from './run-description';

/**
 * Completes the current activity with no payload at all: the SDK would send one that says "undefined", and the codec or
 * converter of the workflow that asked may refuse what it has not written.
 *
 * @throws CompleteAsyncError, which tells the SDK that it is done
 */
export async function completeWithoutResult(connection: ConnectionLike): Promise<never> {
  const { namespace, taskToken } = Context.current().info;
  await connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () =>
    connection.workflowService.respondActivityTaskCompleted({ namespace, taskToken }),
  );
  throw new CompleteAsyncError();
}
