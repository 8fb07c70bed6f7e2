import type { Info } from '@temporalio/activity';
import type { AttemptRef } from '../contract/attempt-ref';

/** The attempt that an activity's context belongs to. */
export function attemptOf(info: Info): AttemptRef {
  return {
    namespace: info.namespace,
    workflowId: info.workflowExecution?.workflowId ?? '',
    runId: info.workflowExecution?.runId ?? info.activityRunId ?? '',
    activityId: info.activityId,
    attempt: info.attempt,
  };
}
