import type { DescribeWorkflowExecutionResponse } from '@temporalio/client';
import { ReaperError } from '../contract/errors';
import { callServer } from './call-server';
import { GRPC_STATUS, grpcStatus } from '../contract/grpc-status';
import { isOpen, statusOf } from '../contract/run-status';
import type { Server } from './server';

const PENDING_SHOWN = 10;

/** A run that is open. */
export interface TargetRun {
  workflowId: string;
  runId: string;
  /** Activities that are scheduled or run. */
  activityIds: string[];
}

/** Undefined when the server does not know the run. */
export async function describeRun(
  server: Server,
  execution: { workflowId: string; runId?: string },
): Promise<DescribeWorkflowExecutionResponse | undefined> {
  const { connection, namespace } = server;
  try {
    return await callServer(server, () =>
      connection.workflowService.describeWorkflowExecution({ namespace, execution }),
    );
  } catch (error) {
    if (error instanceof ReaperError) throw error;
    // INVALID_ARGUMENT: the run id is no UUID
    const status = grpcStatus(error);
    if (status === GRPC_STATUS.NOT_FOUND || status === GRPC_STATUS.INVALID_ARGUMENT) return undefined;
    throw error;
  }
}

/**
 * Resolves the run that a request names, the current one when it names none.
 *
 * @throws ReaperError `TARGET_NOT_FOUND`, `TARGET_CLOSED`, `NAMESPACE_NOT_FOUND`, `SERVER_UNREACHABLE`
 */
export async function findOpenRun(
  server: Server,
  { workflowId, runId }: { workflowId: string; runId?: string },
): Promise<TargetRun> {
  const description = await describeRun(server, { workflowId, runId });
  const run = runId === undefined ? '' : ` with run id "${runId}"`;
  if (!description) {
    throw new ReaperError(
      'TARGET_NOT_FOUND',
      `Namespace "${server.namespace}" has no workflow "${workflowId}"${run}: check the ids and the namespace`,
    );
  }
  if (!isOpen(description)) {
    const status = statusOf(description);
    throw new ReaperError('TARGET_CLOSED', `Workflow "${workflowId}"${run} is closed (${status}): nothing to cancel`);
  }
  return {
    workflowId,
    runId: description.workflowExecutionInfo?.execution?.runId ?? runId ?? '',
    activityIds: (description.pendingActivities ?? []).map(({ activityId }) => activityId ?? ''),
  };
}

/** @throws ReaperError `TARGET_NOT_FOUND` when the activity is over, local or unknown */
export function assertPending({ workflowId, activityIds }: TargetRun, activityId: string): void {
  if (activityIds.includes(activityId)) return;
  const shown = activityIds.slice(0, PENDING_SHOWN).join(', ') + (activityIds.length > PENDING_SHOWN ? ', …' : '');
  throw new ReaperError(
    'TARGET_NOT_FOUND',
    `Workflow "${workflowId}" has no pending activity "${activityId}": it is over, local, or has another id ` +
      `(pending: ${shown || 'none'})`,
  );
}
