import { ActivityFailure } from '@temporalio/common';
import type { RequestCancelRequest } from '../contract/control-requests';
import type { CancelOutcome } from '../contract/outcomes';
import { controlActivities, controlWait } from './activity-proxies';

/** Records an error that came after the kill, so that the kill is reported in any case. */
export function noteError(outcome: CancelOutcome, error: unknown): void {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  outcome.cancelError ??= cause instanceof Error ? cause.message : String(cause);
}

/** Asks Temporal for the cancel and records the result in the outcome. */
export async function tryRequestCancel(outcome: CancelOutcome, request: RequestCancelRequest): Promise<void> {
  try {
    await controlActivities(`${request.how} ${request.activityIds?.join(', ') ?? request.workflowId}`).requestCancel(
      request,
    );
    outcome.cancel = request.how;
    outcome.cancelRequestedAt = Date.now();
  } catch (error) {
    noteError(outcome, error);
  }
}

/** Waits for the run, or some of its activities, to end and records that in the outcome. */
export async function tryAwaitEnd(
  outcome: CancelOutcome,
  { workflowId, runId }: { workflowId: string; runId: string },
  activityIds?: string[],
): Promise<void> {
  try {
    const wait = controlWait('wait for the end');
    const { status, closedAt, unreached } = await wait.awaitCancelled({ workflowId, runId, activityIds });
    Object.assign(outcome, { status, closedAt, unreached });
  } catch (error) {
    noteError(outcome, error);
  }
}
