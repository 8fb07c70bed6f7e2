import type { ConnectionLike } from '@temporalio/client';
import type { LocateResult } from '../contract/control-requests';
import { GRPC_STATUS, grpcDetails, grpcStatus } from './grpc-status';
import { PROBE_ANSWER, PROBE_QUERY } from '../contract/names';

/** How long a query to the run's own worker may take. */
const PROBE_MS = 2_000;

/** Whether the run has the workflow interceptor: only the interceptor fails the query with our text. */
export async function probeInterceptor(
  connection: ConnectionLike,
  namespace: string,
  execution: { workflowId: string; runId: string },
): Promise<NonNullable<LocateResult['interceptor']>> {
  try {
    await connection.withDeadline(Date.now() + PROBE_MS, () =>
      connection.workflowService.queryWorkflow({ namespace, execution, query: { queryType: PROBE_QUERY } }),
    );
    return 'no'; // the user has a default query handler
  } catch (error) {
    if (`${(error as Error).message} ${grpcDetails(error)}`.includes(PROBE_ANSWER)) return 'yes';
    // The server's code for a query that failed in the worker; it uses others when there is no poller or no answer.
    return grpcStatus(error) === GRPC_STATUS.INVALID_ARGUMENT ? 'no' : 'unknown';
  }
}
