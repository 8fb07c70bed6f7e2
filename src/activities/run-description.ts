import type { ConnectionLike, WorkflowExecutionDescription } from '@temporalio/client';
import { GRPC_STATUS, grpcDetails, grpcStatus } from '../contract/grpc-status';
import type { PendingState } from '../contract/control-requests';

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

/** One call to the server takes at most this long; a stopped server then fails the call instead of hanging it. */
export const CALL_DEADLINE_MS = 5_000;

/** Undefined when the server does not know the run. */
export async function describeRun(
  connection: ConnectionLike,
  namespace: string,
  { workflowId, runId }: { workflowId: string; runId?: string },
): Promise<RunDescription | undefined> {
  try {
    return await connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () =>
      connection.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId, runId } }),
    );
  } catch (error) {
    // A namespace that is not found, as in a failover, says nothing of the run.
    const isRunMissing = grpcStatus(error) === GRPC_STATUS.NOT_FOUND && !/^namespace\b/i.test(grpcDetails(error));
    if (isRunMissing) return undefined;
    throw error;
  }
}

/** What a pending activity is doing. */
export function pendingStateOf({ state }: PendingActivity): PendingState {
  return PENDING_STATES[state ?? 0] ?? 'scheduled';
}
