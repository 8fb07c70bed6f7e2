import { ReaperError } from '../contract/errors';
import { grpcStatus } from '../server/grpc-status';
import { callServer } from '../server/call-server';
import { deleteRun } from '../server/terminate-or-delete-run';
import type { TemporalServer } from './server';

/**
 * Deletes a closed run of ours that changed nothing, so that it does not clutter the user's workflow list. If the delete
 * fails (no permission, no support, server unreachable), the caller still has its answer, and the run disappears when
 * its retention ends.
 */
export async function forgetRun(server: TemporalServer, run: { workflowId: string; runId: string }): Promise<void> {
  const { connection, namespace } = server;
  try {
    await callServer(server, () => deleteRun(connection, { namespace, ...run }));
  } catch (error) {
    const isExpected = error instanceof ReaperError || grpcStatus(error) !== undefined;
    if (!isExpected) throw error;
  }
}
