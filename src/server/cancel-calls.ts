import { randomUUID } from 'node:crypto';
import type { ConnectionLike } from '@temporalio/client';
import { CancelledFailure, defaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import type { RequestCancelRequest } from '../contract/control-requests';
import { CANCEL_ACTIVITY_SIGNAL, KILL_FIRST_HEADER, REQUEST_HEADER } from '../contract/names';

/** Requests the cancel from Temporal; server errors are thrown unchanged. */
export function sendCancel(
  { workflowService }: ConnectionLike,
  namespace: string,
  identity: string,
  { workflowId, runId, reason, how, activityIds = [], killFirst = false }: RequestCancelRequest,
): Promise<unknown> {
  const target = { namespace, identity, workflowExecution: { workflowId, runId }, reason };
  const requestId = randomUUID();
  switch (how) {
    case 'cancel':
      return workflowService.requestCancelWorkflowExecution({ ...target, requestId });
    case 'terminate':
      return workflowService.terminateWorkflowExecution(target);
    case 'cancel-activity': {
      const fields = {
        [REQUEST_HEADER]: defaultPayloadConverter.toPayload(activityIds),
        ...(killFirst && { [KILL_FIRST_HEADER]: defaultPayloadConverter.toPayload(true) }),
      };
      const header = { fields };
      return workflowService.signalWorkflowExecution({
        ...target,
        requestId,
        signalName: CANCEL_ACTIVITY_SIGNAL,
        header,
      });
    }
    case 'fail-activity':
      return Promise.all(
        activityIds.map((activityId) =>
          workflowService.respondActivityTaskFailedById({
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
