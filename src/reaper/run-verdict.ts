import type { StandaloneDescription } from '../activities/activity-description';
import { type RunDescription, pendingStateOf } from '../activities/run-description';
import type { AttemptRef } from '../contract/attempt-ref';
import { isOpen } from '../contract/run-status';

/** What Temporal thinks of an attempt that runs here. */
export type Verdict =
  | { over: false; cancelPending: boolean }
  /** `reason` is for people: it ends the sentence "killed because …". `isPause`: it is over for the time being. */
  | { over: true; reason: string; isPause?: boolean };

const goesOn: Verdict = { over: false, cancelPending: false };
const over = (reason: string): Verdict & { over: true } => ({ over: true, reason });

/** The fate of each attempt of a closed run. */
export const runIsClosed = over('its run is closed');

/** `temporal.api.enums.v1.ActivityExecutionStatus` of one that runs. */
const RUNNING = 1;

/**
 * Reads one attempt's fate from the description of its run; undefined stands for a run that the server does not know.
 *
 * `cancelPending`: the run has a cancel that no workflow task has dealt with yet.
 */
export function verdictOf(attempt: AttemptRef, description: RunDescription | undefined): Verdict {
  const closed = localVerdict(description);
  if (closed.over || !description) return closed;
  const pending = description.pendingActivities?.find(({ activityId }) => activityId === attempt.activityId);
  if (!pending) return over('its activity is over');
  const verdict = stateVerdict(attempt, pending.attempt, pendingStateOf(pending));
  if (verdict.over) return verdict;
  const { workflowExtendedInfo, pendingWorkflowTask } = description;
  return { over: false, cancelPending: Boolean(workflowExtendedInfo?.cancelRequested && pendingWorkflowTask) };
}

/** The same for a local activity, which no description shows: its run alone tells. */
export function localVerdict(description: RunDescription | undefined): Verdict {
  if (!description) return over('its run is gone');
  return isOpen(description) ? goesOn : runIsClosed;
}

/** The same for a standalone activity, from its own description. */
export function standaloneVerdict(attempt: AttemptRef, description: StandaloneDescription | undefined): Verdict {
  if (!description) return over('its activity is gone');
  if (Number(description.status) !== RUNNING) return over('its activity is over');
  return stateVerdict(attempt, description.attempt, pendingStateOf({ state: description.runState }));
}

function stateVerdict(
  attempt: AttemptRef,
  current: number | null | undefined,
  state: ReturnType<typeof pendingStateOf>,
): Verdict {
  if (current !== attempt.attempt) return over(`attempt ${current} follows it`);
  if (state === 'cancel-requested') return over('its cancel is requested');
  if (state === 'paused' || state === 'pause-requested') return { ...over('it is paused'), isPause: true };
  return goesOn;
}
