import { type RunDescription, pendingStateOf } from '../activities/run-description';
import type { AttemptRef } from '../contract/attempt-ref';
import { isOpen } from '../contract/run-status';

/** What Temporal thinks of an attempt that runs here. */
export type Verdict =
  | { over: false; cancelPending: boolean }
  /** `reason` is for people: it ends the sentence "killed because …". */
  | { over: true; reason: string };

/**
 * Reads one attempt's fate from the description of its run; undefined stands for a run that the server does not know.
 *
 * `cancelPending`: the run has a cancel that no workflow task has dealt with yet.
 */
export function verdictOf(attempt: AttemptRef, description: RunDescription | undefined): Verdict {
  if (!description) return { over: true, reason: 'its run is gone' };
  if (!isOpen(description)) return { over: true, reason: 'its run is closed' };
  const pending = description.pendingActivities?.find(({ activityId }) => activityId === attempt.activityId);
  if (!pending) return { over: true, reason: 'its activity is over' };
  if (pending.attempt !== attempt.attempt) return { over: true, reason: `attempt ${pending.attempt} follows it` };
  const state = pendingStateOf(pending);
  if (state === 'cancel-requested') return { over: true, reason: 'its cancel is requested' };
  if (state === 'paused' || state === 'pause-requested') return { over: true, reason: 'it is paused' };
  return {
    over: false,
    cancelPending: Boolean(description.workflowExtendedInfo?.cancelRequested && description.pendingWorkflowTask),
  };
}
