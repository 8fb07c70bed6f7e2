import type { CancelOutcome } from '../../contract/outcomes';
import { count } from './count';
import { printable } from './printable';

/** One line: what was asked of Temporal, and Temporal's word for the run. */
export function headlineOf({ workflowId, runId, activityId, cancel, hosts, omitted, status }: CancelOutcome): string {
  if (workflowId === undefined) {
    return `Killed everything on ${count(hosts.length + (omitted?.workers ?? 0), 'worker', 'workers')}.`;
  }
  const run = `workflow ${printable(workflowId)}${runId ? ` (run ${printable(runId)})` : ''}`;
  const target = activityId === undefined ? run : `activity ${printable(activityId)} of ${run}`;
  const now = status === undefined ? '' : `; the workflow is ${status}`;
  switch (cancel) {
    case 'cancel':
      return `Requested the cancel of ${target}${now}.`;
    case 'terminate':
      return `Terminated ${target}${now}.`;
    case 'cancel-activity':
    case 'fail-activity':
      return `Cancelled ${target}${now}.`;
    case 'none':
      return `Did not cancel ${target}${now}.`;
  }
}
