import { ReaperError } from './errors';

/** Names one activity of one workflow run, on any host. */
export interface ActivityRef {
  namespace: string;
  /** Empty for a standalone activity. */
  workflowId: string;
  /** The workflow run; for a standalone activity the activity's own run. */
  runId: string;
  activityId: string;
}

/** One try of an activity. Processes belong to an attempt. */
export interface AttemptRef extends ActivityRef {
  /** Counts from 1. */
  attempt: number;
}

const MAX_ID_LENGTH = 1000;
const MAX_SHOWN = 200;

function isText(value: unknown, minLength: number): value is string {
  return typeof value === 'string' && value.length >= minLength && value.length <= MAX_ID_LENGTH;
}

/**
 * Checks a value received over a task queue. A kill names an attempt, never a pid, so a caller can reach nothing beyond
 * this namespace's attempts.
 *
 * @throws ReaperError `ATTEMPT_REF_INVALID` when a field is missing or malformed, or the namespace is not `namespace`
 */
export function assertAttemptRef(value: unknown, namespace: string): asserts value is AttemptRef {
  const ref = value as Partial<AttemptRef> | null;
  const wellFormed =
    typeof ref === 'object' &&
    ref !== null &&
    isText(ref.namespace, 1) &&
    isText(ref.workflowId, 0) &&
    isText(ref.runId, 1) &&
    isText(ref.activityId, 1) &&
    Number.isSafeInteger(ref.attempt) &&
    (ref.attempt as number) >= 1;
  if (!wellFormed) {
    throw new ReaperError('ATTEMPT_REF_INVALID', `Not an attempt: ${JSON.stringify(value)?.slice(0, MAX_SHOWN)}`);
  }
  if (ref.namespace !== namespace) {
    throw new ReaperError(
      'ATTEMPT_REF_INVALID',
      `The attempt belongs to namespace "${ref.namespace}", this worker serves "${namespace}"`,
    );
  }
}

/** Whether both name the same attempt. */
export function sameAttempt(a: AttemptRef, b: AttemptRef): boolean {
  return sameActivity(a, b) && a.attempt === b.attempt;
}

/** Whether both name the same activity, regardless of the attempt. */
export function sameActivity(a: ActivityRef, b: ActivityRef): boolean {
  return (
    a.namespace === b.namespace && a.workflowId === b.workflowId && a.runId === b.runId && a.activityId === b.activityId
  );
}

/** A short form for people, such as `order-42/ship#2`, for logs, summaries and tables. */
export function describeAttempt(ref: AttemptRef): string {
  return `${ref.workflowId || 'standalone'}/${ref.activityId}#${ref.attempt}`;
}
