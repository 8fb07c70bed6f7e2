import { callServer } from './call-server';
import { GRPC_STATUS, grpcStatus } from '../contract/grpc-status';
import type { Server } from './server';

/** Terminates a request of ours that nobody serves, lest it runs at some later time. False when it is over already. */
export async function withdraw(
  server: Server,
  workflowExecution: { workflowId: string; runId: string },
  reason: string,
): Promise<boolean> {
  const { connection, namespace, identity } = server;
  try {
    await callServer(server, () =>
      connection.workflowService.terminateWorkflowExecution({ namespace, identity, workflowExecution, reason }),
    );
    return true;
  } catch (error) {
    if (grpcStatus(error) === GRPC_STATUS.NOT_FOUND) return false;
    throw error;
  }
}
