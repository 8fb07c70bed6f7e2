/** Names of `temporal.api.enums.v1.WorkflowExecutionStatus`, by number. */
const RUN_STATUS = [
  'UNSPECIFIED',
  'RUNNING',
  'COMPLETED',
  'FAILED',
  'CANCELED',
  'TERMINATED',
  'CONTINUED_AS_NEW',
  'TIMED_OUT',
  'PAUSED',
] as const;

/** The part of a run's description that is needed here; both connections of the SDK give it. */
interface Described {
  workflowExecutionInfo?: { status?: number | null } | null;
}

/** Temporal's word for the run's state, for instance `CANCELED`. */
export function statusOf(description: Described): string {
  return RUN_STATUS[description.workflowExecutionInfo?.status ?? 0] ?? 'UNSPECIFIED';
}

/** Whether the run still runs (or is paused). */
export function isOpen(description: Described): boolean {
  return ['RUNNING', 'PAUSED'].includes(statusOf(description));
}
