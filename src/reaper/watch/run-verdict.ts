import type { StandaloneDescription } from '../../server/describe-activity';
import { type RunDescription, pendingStateOf } from '../../server/describe-run';
import type { AttemptRef } from '../../contract/attempt-ref';
import { isOpen } from '../../contract/run-status';
import type { HoldEnd } from '../../tracking/reaper-protocol';

/** Temporal's view of an attempt that runs here. */
export type RunVerdict =
  | { over: false; cancelPending: boolean; isUndecided: boolean }
  /**
   * `reason` is for people: it completes the sentence "killed because …". `isPause`: the attempt is only paused. `isFinal`:
   * Temporal is done with the attempt, so its timeouts no longer count.
   */
  | { over: true; reason: string; isPause?: boolean; isFinal?: boolean };

const goesOn: RunVerdict = { over: false, cancelPending: false, isUndecided: false };
const over = (reason: string): RunVerdict & { over: true } => ({ over: true, reason, isFinal: true });

/** The verdict on every attempt of a closed run. */
export const runIsClosed = over('its run is closed');

/** How that verdict ends an attempt that is held open. */
export function holdEndOf({ isPause, isFinal }: RunVerdict & { over: true }): Exclude<HoldEnd, 'late'> {
  if (isPause) return 'paused';
  return isFinal ? 'gone' : 'cancelled';
}

/** `temporal.api.enums.v1.ActivityExecutionStatus` of a running activity. */
const RUNNING = 1;

/**
 * Reads one attempt's state from the description of its run; undefined means that the server does not know the run.
 *
 * `isUndecided`: the run has a workflow task, waiting or started, that may yet cancel the attempt. `cancelPending`: that
 * task has a cancel of the run to handle.
 */
export function verdictOf(attempt: AttemptRef, description: RunDescription | undefined): RunVerdict {
  const closed = localVerdict(description);
  if (closed.over || !description) return closed;
  const pending = description.pendingActivities?.find(({ activityId }) => activityId === attempt.activityId);
  if (!pending) return over('its activity is over');
  const verdict = stateVerdict(attempt, pending.attempt, pendingStateOf(pending));
  if (verdict.over) return verdict;
  const { workflowExtendedInfo, pendingWorkflowTask } = description;
  const isUndecided = Boolean(pendingWorkflowTask);
  return { over: false, cancelPending: isUndecided && Boolean(workflowExtendedInfo?.cancelRequested), isUndecided };
}

/** The same for a local activity. No description shows it, so only the state of its run counts. */
export function localVerdict(description: RunDescription | undefined): RunVerdict {
  if (!description) return over('its run is gone');
  return isOpen(description) ? goesOn : runIsClosed;
}

/** The same for a standalone activity, from its own description. */
export function standaloneVerdict(attempt: AttemptRef, description: StandaloneDescription | undefined): RunVerdict {
  if (!description) return over('its activity is gone');
  if (Number(description.status) !== RUNNING) return over('its activity is over');
  return stateVerdict(attempt, description.attempt, pendingStateOf({ state: description.runState }));
}

function stateVerdict(
  attempt: AttemptRef,
  current: number | null | undefined,
  state: ReturnType<typeof pendingStateOf>,
): RunVerdict {
  if (current !== attempt.attempt) return over(`attempt ${current} follows it`);
  if (state === 'cancel-requested') return { over: true, reason: 'its cancel is requested' };
  if (state === 'paused' || state === 'pause-requested') return { over: true, reason: 'it is paused', isPause: true };
  return goesOn;
}
