import { CompleteAsyncError, Context } from '@temporalio/activity';
import type { ConnectionLike } from '@temporalio/client';
import { respondCompleted } from '../server/respond-activity';

/**
 * Completes the current activity without a payload. The SDK would send a payload that encodes `undefined`, and the calling
 * workflow's codec or converter may reject a payload that it did not write.
 *
 * @throws CompleteAsyncError, which tells the SDK that the activity is completed elsewhere
 */
export async function completeWithoutResult(connection: ConnectionLike): Promise<never> {
  const { namespace, taskToken } = Context.current().info;
  await respondCompleted(connection, { namespace, taskToken });
  throw new CompleteAsyncError();
}
