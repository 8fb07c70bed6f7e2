import type { CancellationScope } from '@temporalio/workflow';
import { defaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';

/** What the SDK keeps for each activity that it has scheduled, and has no interface for. */
interface SdkState {
  completions: { activity: Map<number, { reject(error: Error): void }> };
}

/** Whether the cancel of this scope comes from the cancel of the run, and not from workflow code. */
export function isCancelledWithRun(scope: CancellationScope | undefined): boolean {
  for (let at = scope; at?.cancellable; at = at.parent) if (!at.parent) return at.consideredCancelled;
  return false;
}

/**
 * Rejects the promise of an activity with what Temporal answers to a cancel of type `TRY_CANCEL`: at once, whatever
 * becomes of the activity. The SDK still takes the activity for pending, so that its cancel can follow; what it says of
 * the end then changes nothing. The very promise, since one around it would add microtasks to every result.
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
  const { __TEMPORAL_ACTIVATOR__: sdk } = globalThis as unknown as { __TEMPORAL_ACTIVATOR__: SdkState };
  const failure = {
    message: 'Activity cancelled',
    cause: { canceledFailureInfo: {} },
    activityFailureInfo: { activityId, activityType: { name: activityType }, retryState: CANCEL_REQUESTED },
  };
  const error = defaultFailureConverter.failureToError(failure, defaultPayloadConverter);
  sdk.completions.activity.get(seq)?.reject(error);
}

/** `temporal.api.enums.v1.RetryState.RETRY_STATE_CANCEL_REQUESTED` */
const CANCEL_REQUESTED = 7;
