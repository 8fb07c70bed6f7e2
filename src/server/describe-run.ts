import type { ConnectionLike, WorkflowExecutionDescription } from '@temporalio/client';
import { GRPC_STATUS, grpcDetails, grpcStatus } from './grpc-status';
import type { PendingState } from '../contract/control-requests';
import { CALL_DEADLINE_MS } from './call-deadline';

export type RunDescription = WorkflowExecutionDescription['raw'];
export type PendingActivity = NonNullable<RunDescription['pendingActivities']>[number];

/** Names of `temporal.api.enums.v1.PendingActivityState`, by number. */
const PENDING_STATES: PendingState[] = [
  'scheduled',
  'scheduled',
  'started',
  'cancel-requested',
  'paused',
  'pause-requested',
];

const byActivityId = (a: PendingActivity, b: PendingActivity): number =>
  (a.activityId ?? '').localeCompare(b.activityId ?? '', undefined, { numeric: true });

/** Undefined when the server does not know the run. */
export async function describeRun(
  connection: ConnectionLike,
  namespace: string,
  { workflowId, runId }: { workflowId: string; runId?: string },
): Promise<RunDescription | undefined> {
  try {
    const description = await connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () =>
      connection.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId, runId } }),
    );
    // The server keeps them in a map: without this, each look would list them in another order.
    description.pendingActivities?.sort(byActivityId);
    return description;
  } catch (error) {
    // "Namespace not found", as in a failover, says nothing about the run.
    const isRunMissing = grpcStatus(error) === GRPC_STATUS.NOT_FOUND && !/^namespace\b/i.test(grpcDetails(error));
    if (isRunMissing) return undefined;
    throw error;
  }
}

/** What a pending activity is doing. */
export function pendingStateOf({ state }: PendingActivity): PendingState {
  return PENDING_STATES[state ?? 0] ?? 'scheduled';
}
