import type { ConnectionLike } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

export type RunDescription = temporal.api.workflowservice.v1.IDescribeWorkflowExecutionResponse;
export type PendingActivity = temporal.api.workflow.v1.IPendingActivityInfo;

/** `temporal.api.enums.v1.PendingActivityState`; numbers, so that the protobuf code stays out of the imports. */
export const PENDING_STATE = { SCHEDULED: 1, STARTED: 2, CANCEL_REQUESTED: 3, PAUSED: 4, PAUSE_REQUESTED: 5 } as const;

/** Names of `temporal.api.enums.v1.WorkflowExecutionStatus`, by number. */
export const RUN_STATUS = [
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

/** gRPC's status codes that have a meaning here. */
export const GRPC_STATUS = { NOT_FOUND: 5, DEADLINE_EXCEEDED: 4, INVALID_ARGUMENT: 3 } as const;

/** One call to the server takes at most this long; a stopped server then fails the call instead of hanging it. */
export const CALL_DEADLINE_MS = 5_000;

/** The gRPC status code of an error, from either connection of the SDK; undefined when it is none. */
export function grpcStatus(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : undefined;
}

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
    // INVALID_ARGUMENT: the run id is no UUID
    const status = grpcStatus(error);
    if (status === GRPC_STATUS.NOT_FOUND || status === GRPC_STATUS.INVALID_ARGUMENT) return undefined;
    throw error;
  }
}

/** Temporal's word for the run's state, for instance `CANCELED`. */
export function statusOf(description: RunDescription): string {
  return RUN_STATUS[description.workflowExecutionInfo?.status ?? 0] ?? 'UNSPECIFIED';
}

/** Whether the run still runs (or is paused). */
export function isOpen(description: RunDescription): boolean {
  return ['RUNNING', 'PAUSED'].includes(statusOf(description));
}
