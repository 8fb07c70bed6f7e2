import type { ConnectionLike, RawActivityExecutionInfo } from '@temporalio/client';
import { GRPC_STATUS, grpcDetails, grpcStatus } from './grpc-status';
import { CALL_DEADLINE_MS } from './call-deadline';

export type StandaloneDescription = RawActivityExecutionInfo;

/** Describes a standalone activity; undefined when the server does not know it. */
export async function describeStandalone(
  connection: ConnectionLike,
  { namespace, activityId, runId }: { namespace: string; activityId: string; runId: string },
): Promise<StandaloneDescription | undefined> {
  try {
    const answer = await connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () =>
      connection.workflowService.describeActivityExecution({ namespace, activityId, runId }),
    );
    return answer.info ?? undefined;
  } catch (error) {
    // "Namespace not found", as in a failover, says nothing about the activity.
    const isMissing = grpcStatus(error) === GRPC_STATUS.NOT_FOUND && !/^namespace\b/i.test(grpcDetails(error));
    if (isMissing) return undefined;
    throw error;
  }
}
