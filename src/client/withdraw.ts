import { callServer } from '../server/call-server';
import { terminateRun } from '../server/terminate-or-delete-run';
import { GRPC_STATUS, grpcStatus } from '../server/grpc-status';
import type { TemporalServer } from './server';

/** Terminates an unserved request of ours, so that it does not run later. Returns false if it has already ended. */
export async function withdrawRequest(
  server: TemporalServer,
  run: { workflowId: string; runId: string },
  reason: string,
): Promise<boolean> {
  const { connection, namespace, identity } = server;
  try {
    await callServer(server, () => terminateRun(connection, { namespace, ...run }, { identity, reason }));
    return true;
  } catch (error) {
    if (grpcStatus(error) === GRPC_STATUS.NOT_FOUND) return false;
    throw error;
  }
}
