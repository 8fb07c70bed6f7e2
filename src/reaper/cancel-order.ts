import type { ConnectionLike } from '@temporalio/client';
import { historyBackwards } from '../activities/history-backwards';
import type { AttemptRef } from '../contract/attempt-ref';

/**
 * Whether the run's cancel came after the activity was scheduled. One that was scheduled later was meant to run in spite
 * of it: a cleanup in a non-cancellable scope.
 */
export async function cancelCameAfter(connection: ConnectionLike, attempt: AttemptRef): Promise<boolean> {
  for await (const event of historyBackwards(connection, attempt)) {
    if (event.workflowExecutionCancelRequestedEventAttributes) return true;
    if (event.activityTaskScheduledEventAttributes?.activityId === attempt.activityId) return false;
  }
  return false;
}
