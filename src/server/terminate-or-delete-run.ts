import type { ConnectionLike } from '@temporalio/client';
import { CALL_DEADLINE_MS } from './call-deadline';

interface RunOfNamespace {
  namespace: string;
  workflowId: string;
  runId: string;
}

export async function terminateRun(
  connection: ConnectionLike,
  { namespace, ...workflowExecution }: RunOfNamespace,
  { identity, reason }: { identity: string; reason: string },
): Promise<void> {
  await connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () =>
    connection.workflowService.terminateWorkflowExecution({ namespace, identity, workflowExecution, reason }),
  );
}

/** Deletes a closed run, with its history. */
export async function deleteRun(
  connection: ConnectionLike,
  { namespace, ...workflowExecution }: RunOfNamespace,
): Promise<void> {
  await connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () =>
    connection.workflowService.deleteWorkflowExecution({ namespace, workflowExecution }),
  );
}
