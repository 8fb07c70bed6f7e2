import type { ConnectionLike } from '@temporalio/client';
import { historyBackwards } from './history-backwards';
import type { AttemptRef } from '../contract/attempt-ref';

/**
 * Whether the run's cancel came after the activity was scheduled. An activity scheduled after the cancel was meant to run
 * in spite of it: a cleanup in a non-cancellable scope.
 */
export async function cancelCameAfter(connection: ConnectionLike, attempt: AttemptRef): Promise<boolean> {
  for await (const event of historyBackwards(connection, attempt)) {
    if (event.workflowExecutionCancelRequestedEventAttributes) return true;
    if (event.activityTaskScheduledEventAttributes?.activityId === attempt.activityId) return false;
  }
  return false;
}
