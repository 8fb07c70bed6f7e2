import type { CancelOutcome } from '../../contract/outcomes';
import { countOf } from './count';
import { toPrintable } from './printable';

/** One line: what Temporal was asked to do, and the run's status as Temporal reports it. */
export function headlineOf({ workflowId, runId, activityId, cancel, hosts, omitted, status }: CancelOutcome): string {
  if (workflowId === undefined) {
    return `Killed everything on ${countOf(hosts.length + (omitted?.workers ?? 0), 'worker', 'workers')}.`;
  }
  const run = `workflow ${toPrintable(workflowId)}${runId ? ` (run ${toPrintable(runId)})` : ''}`;
  const target = activityId === undefined ? run : `activity ${toPrintable(activityId)} of ${run}`;
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
