import { ReaperError } from '../contract/errors';
import { grpcStatus } from '../contract/grpc-status';
import { callServer } from './call-server';
import type { Server } from './server';

/**
 * Deletes a run of ours that is closed and has changed nothing, so that it does not stand in the user's list. Who may not
 * delete, or has a server that cannot, or cannot reach it any more, has the answer all the same: the run goes with its
 * retention then.
 */
export async function forgetRun(
  server: Server,
  workflowExecution: { workflowId: string; runId: string },
): Promise<void> {
  const { connection, namespace } = server;
  try {
    await callServer(server, () =>
      connection.workflowService.deleteWorkflowExecution({ namespace, workflowExecution }),
    );
  } catch (error) {
    const isExpected = error instanceof ReaperError || grpcStatus(error) !== undefined;
    if (!isExpected) throw error;
  }
}
