import { randomUUID } from 'node:crypto';
import type { ConnectionLike } from '@temporalio/client';
import {
  ApplicationFailure,
  CancelledFailure,
  defaultFailureConverter,
  defaultPayloadConverter,
} from '@temporalio/common';
import { GRPC_STATUS, grpcStatus } from '../contract/grpc-status';
import { type RequestCancelRequest } from '../contract/control-requests';
import { CANCEL_ACTIVITY_SIGNAL, REQUEST_HEADER } from '../contract/names';
import { CALL_DEADLINE_MS } from './run-description';

function send(
  connection: ConnectionLike,
  namespace: string,
  identity: string,
  requestId: string,
  { workflowId, runId, reason, how, activityIds = [] }: RequestCancelRequest,
): Promise<unknown> {
  const service = connection.workflowService;
  const target = { namespace, identity, workflowExecution: { workflowId, runId }, reason };
  switch (how) {
    case 'cancel':
      return service.requestCancelWorkflowExecution({ ...target, requestId });
    case 'terminate':
      return service.terminateWorkflowExecution(target);
    case 'cancel-activity':
      return service.signalWorkflowExecution({
        ...target,
        requestId,
        signalName: CANCEL_ACTIVITY_SIGNAL,
        header: { fields: { [REQUEST_HEADER]: defaultPayloadConverter.toPayload(activityIds) } },
      });
    case 'fail-activity':
      return Promise.all(
        activityIds.map((activityId) =>
          service.respondActivityTaskFailedById({
            namespace,
            identity,
            workflowId,
            runId,
            activityId,
            failure: defaultFailureConverter.errorToFailure(new CancelledFailure(reason), defaultPayloadConverter),
          }),
        ),
      );
  }
}

/**
 * Asks Temporal for the cancel.
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
      send(connection, namespace, identity, randomUUID(), request),
    );
  } catch (error) {
    if (grpcStatus(error) !== GRPC_STATUS.NOT_FOUND) throw error;
    throw ApplicationFailure.nonRetryable(`${request.workflowId} closed meanwhile`, 'TARGET_CLOSED');
  }
}
