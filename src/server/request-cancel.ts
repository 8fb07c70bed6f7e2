import type { ConnectionLike } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { GRPC_STATUS, grpcStatus } from './grpc-status';
import { type RequestCancelRequest } from '../contract/control-requests';
import { CALL_DEADLINE_MS } from './call-deadline';
import { sendCancel } from './cancel-calls';

/**
 * Requests the cancel from Temporal.
 *
 * @throws ApplicationFailure `TARGET_CLOSED`, not retryable, when there is nothing left to cancel
 */
export async function requestCancel(
  connection: ConnectionLike,
  namespace: string,
  identity: string,
  request: RequestCancelRequest,
): Promise<void> {
  try {
    await connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () =>
      sendCancel(connection, namespace, identity, request),
    );
  } catch (error) {
    if (grpcStatus(error) !== GRPC_STATUS.NOT_FOUND) throw error;
    throw ApplicationFailure.nonRetryable(`${request.workflowId} closed meanwhile`, 'TARGET_CLOSED');
  }
}
