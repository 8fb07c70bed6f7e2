import type { ConnectionLike } from '@temporalio/client';
import { describeStandalone } from './describe-activity';
import { historyBackwards } from './history-backwards';
import type { AttemptRef } from '../contract/attempt-ref';

/** `temporal.api.enums.v1.ActivityExecutionStatus`. */
const COMPLETED = 2;

/** Whether an activity that is over has succeeded. */
export async function wasCompleted(connection: ConnectionLike, attempt: AttemptRef): Promise<boolean> {
  if (attempt.workflowId === '') {
    return Number((await describeStandalone(connection, attempt))?.status) === COMPLETED;
  }
  const completed = new Set<string>();
  for await (const event of historyBackwards(connection, attempt)) {
    const { activityTaskCompletedEventAttributes: end, activityTaskScheduledEventAttributes: begin } = event;
    if (end) completed.add(String(end.scheduledEventId));
    if (begin?.activityId === attempt.activityId) return completed.has(String(event.eventId));
  }
  return false;
}
