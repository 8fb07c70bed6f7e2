import { randomUUID } from 'node:crypto';
import type { CancelOutcome } from '../contract/outcomes';
import type { CancelWorkflowRequest } from '../contract/workflow-requests';
import { callServer } from './call-server';
import { GRPC_STATUS, grpcStatus } from '../contract/grpc-status';
import type { Server } from './server';
import { statusOf } from '../contract/run-status';
import { describeRun } from './target-run';

async function send(server: Server, { workflowId, runId, reason, terminate }: CancelWorkflowRequest): Promise<void> {
  const { connection, namespace, identity } = server;
  const target = { namespace, identity, workflowExecution: { workflowId, runId }, reason };
  await callServer<unknown>(server, () =>
    terminate
      ? connection.workflowService.terminateWorkflowExecution(target)
      : connection.workflowService.requestCancelWorkflowExecution({ ...target, requestId: randomUUID() }),
  );
}

/**
 * Asks Temporal for the cancel, without a kill first: a request that nobody serves never blocks a cancel. What the
 * activities' workers have, the interceptor and the watch, kills then.
 */
export async function askDirectly(
  server: Server,
  request: CancelWorkflowRequest,
  requestedAt: number,
  why: string,
): Promise<CancelOutcome> {
  const { workflowId, runId, terminate } = request;
  const outcome: CancelOutcome = {
    workflowId,
    runId,
    cancel: terminate ? 'terminate' : 'cancel',
    degraded: `${why}. Temporal was asked directly, without a kill first`,
    hosts: [],
    unguarded: [],
    unreached: [],
    requestedAt,
  };
  try {
    await send(server, request);
    outcome.cancelRequestedAt = Date.now();
  } catch (error) {
    if (grpcStatus(error) !== GRPC_STATUS.NOT_FOUND) throw error;
    outcome.cancel = 'none';
    outcome.cancelError = `Workflow "${workflowId}" closed meanwhile`;
  }
  const description = await describeRun(server, { workflowId, runId });
  if (description) outcome.status = statusOf(description);
  return outcome;
}
