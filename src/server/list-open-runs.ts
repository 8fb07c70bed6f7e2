import type { ConnectionLike, WorkflowExecutionInfo } from '@temporalio/client';
import { isOpen } from '../contract/run-status';
import { CALL_DEADLINE_MS } from './call-deadline';

type RunInfo = WorkflowExecutionInfo['raw'];

const PAGE_SIZE = 1_000;

/** One page of the runs that a visibility query selects. The SDK's own list would decode memos, which may be encrypted. */
async function pageOf(
  connection: ConnectionLike,
  namespace: string,
  query: string,
  pageSize: number,
  nextPageToken?: Uint8Array | null,
): Promise<{ executions?: RunInfo[] | null; nextPageToken?: Uint8Array | null }> {
  return connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () =>
    connection.workflowService.listWorkflowExecutions({ namespace, query, pageSize, nextPageToken }),
  );
}

/** The open runs that a visibility query selects, in the server's order. The server's index is some moments behind. */
export async function listOpenRuns(connection: ConnectionLike, namespace: string, query: string): Promise<RunInfo[]> {
  // By itself first: the server must not accept as a part what it would refuse as a whole, such as `a) OR (b`.
  await pageOf(connection, namespace, query, 1);
  const open = new Map<string, RunInfo>();
  let token: Uint8Array | null | undefined;
  do {
    const page = await pageOf(connection, namespace, `(${query}) AND CloseTime IS NULL`, PAGE_SIZE, token);
    for (const run of page.executions ?? []) {
      if (isOpen({ workflowExecutionInfo: run })) open.set(run.execution?.runId ?? '', run);
    }
    token = page.nextPageToken;
  } while (token && token.length > 0);
  return [...open.values()];
}
