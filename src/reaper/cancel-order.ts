import type { ConnectionLike } from '@temporalio/client';
import { CALL_DEADLINE_MS } from '../activities/run-description';
import type { AttemptRef } from '../contract/attempt-ref';

/** A history has 51,200 events at most; a page has up to 1,000. */
const PAGES = 60;

/**
 * Whether the run's cancel came after the activity was scheduled. One that was scheduled later was meant to run in spite
 * of it: a cleanup in a non-cancellable scope.
 */
export async function cancelCameAfter(connection: ConnectionLike, attempt: AttemptRef): Promise<boolean> {
  const { namespace, workflowId, runId, activityId } = attempt;
  let nextPageToken: Uint8Array | undefined;
  for (let page = 0; page < PAGES; page++) {
    const request = { namespace, execution: { workflowId, runId }, maximumPageSize: 1_000, nextPageToken };
    const answer = await connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () =>
      connection.workflowService.getWorkflowExecutionHistoryReverse(request),
    );
    for (const event of answer.history?.events ?? []) {
      if (event.workflowExecutionCancelRequestedEventAttributes) return true;
      if (event.activityTaskScheduledEventAttributes?.activityId === activityId) return false;
    }
    if (!answer.nextPageToken?.length) return false;
    nextPageToken = answer.nextPageToken;
  }
  return false;
}
