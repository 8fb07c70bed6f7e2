import { ReaperError } from '../contract/errors';
import { isReaperTaskQueue } from '../contract/task-queues';
import { callServer } from '../server/call-server';
import { GRPC_STATUS, grpcDetails, grpcStatus } from '../server/grpc-status';
import { listOpenRuns } from '../server/list-open-runs';
import type { TemporalServer } from './server';

/** An open run that a query has selected. */
export interface SelectedWorkflow {
  workflowId: string;
  runId: string;
  workflowType: string;
}

function explainQueryError(error: unknown, query: string): unknown {
  if (grpcStatus(error) !== GRPC_STATUS.INVALID_ARGUMENT) return error;
  return new ReaperError(
    'QUERY_INVALID',
    `The server refuses the query ${JSON.stringify(query)}: ${grpcDetails(error)}`,
    {
      cause: error,
    },
  );
}

/**
 * The open runs that a visibility query selects. Never one of this package's own: to cancel a cancel that is under way would
 * leave it half done.
 */
export async function selectWorkflows(server: TemporalServer, query: string): Promise<SelectedWorkflow[]> {
  const { connection, namespace } = server;
  const runs = await callServer(server, () => listOpenRuns(connection, namespace, query)).catch((error: unknown) => {
    throw explainQueryError(error, query);
  });
  const selected = runs
    .filter(({ taskQueue }) => !isReaperTaskQueue(taskQueue ?? ''))
    .map(({ execution, type }) => ({
      workflowId: execution?.workflowId ?? '',
      runId: execution?.runId ?? '',
      workflowType: type?.name ?? '',
    }));
  if (selected.length > 0) return selected;
  throw new ReaperError(
    'TARGET_NOT_FOUND',
    `The query ${JSON.stringify(query)} selects no running workflow in namespace "${namespace}"; this package's own do not count`,
  );
}
