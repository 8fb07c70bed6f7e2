import { ActivityFailure } from '@temporalio/common';
import type { CancelOutcome, RequestCancelRequest } from '../contract/requests';
import { control } from './activity-proxies';

/** Asks Temporal for the cancel and notes in the outcome what came of it: what was killed is reported in any case. */
export async function tryRequestCancel(outcome: CancelOutcome, request: RequestCancelRequest): Promise<void> {
  try {
    await control(`${request.how} ${request.activityId ?? request.workflowId}`).requestCancel(request);
    outcome.cancel = request.how;
    outcome.cancelRequestedAt = Date.now();
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : error;
    outcome.cancelError = cause instanceof Error ? cause.message : String(cause);
  }
}
