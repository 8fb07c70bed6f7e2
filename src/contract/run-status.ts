/** The names of `temporal.api.enums.v1.WorkflowExecutionStatus`, by number. */
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

/** The part of a run's description used here; both connection types of the SDK return it. */
interface Described {
  workflowExecutionInfo?: { status?: number | null } | null;
}

/** The run's status in Temporal, for instance `CANCELED`. */
export function statusOf(description: Described): string {
  return RUN_STATUS[description.workflowExecutionInfo?.status ?? 0] ?? 'UNSPECIFIED';
}

/** Whether the run is running or paused. */
export function isOpen(description: Described): boolean {
  return ['RUNNING', 'PAUSED'].includes(statusOf(description));
}
