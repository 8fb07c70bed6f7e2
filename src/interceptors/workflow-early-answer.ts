import type { CancellationScope } from '@temporalio/workflow';
import { defaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import { sdkState } from './workflow-sdk-state';

/** Whether this scope was cancelled by the cancel of the run, and not by workflow code. */
export function isCancelledWithRun(scope: CancellationScope | undefined): boolean {
  for (let at = scope; at?.cancellable; at = at.parent) if (!at.parent) return at.consideredCancelled;
  return false;
}

/**
 * Rejects an activity's promise at once, with the failure that Temporal returns for a cancel of type `TRY_CANCEL`. The SDK
 * still treats the activity as pending, so that its cancel can follow; its later resolution then has no effect. This
 * rejects the SDK's own promise, because wrapping it would add microtasks to every result.
 */
export function answerCancelled({
  seq,
  activityId,
  activityType,
}: {
  seq: number;
  activityId: string;
  activityType: string;
}): void {
  const failure = {
    message: 'Activity cancelled',
    cause: { canceledFailureInfo: {} },
    activityFailureInfo: { activityId, activityType: { name: activityType }, retryState: CANCEL_REQUESTED },
  };
  const error = defaultFailureConverter.failureToError(failure, defaultPayloadConverter);
  sdkState().completions.activity.get(seq)?.reject(error);
}

/** `temporal.api.enums.v1.RetryState.RETRY_STATE_CANCEL_REQUESTED` */
const CANCEL_REQUESTED = 7;
