import type { ConnectionLike } from '@temporalio/client';
import { grpcStatus } from '../contract/grpc-status';
import { CALL_DEADLINE_MS } from './run-description';

const PAGE_SIZE = 1_000;

/** `temporal.api.enums.v1.WorkerStatus`, by number or name: servers differ in what the client makes of it. */
const LEAVING = ['2', '3', 'WORKER_STATUS_SHUTTING_DOWN', 'WORKER_STATUS_SHUTDOWN'];

/**
 * Identities of workers that polled a task queue and have said that they shut down; the queue lists them as pollers for up
 * to five minutes more. One that crashed has said nothing. Empty where the server keeps no list of workers (before 1.29),
 * does not let us see it, or has lost it since: such a worker is asked like any other, and does not answer.
 */
export async function departedFrom(
  connection: ConnectionLike,
  namespace: string,
  taskQueue: string,
): Promise<Set<string>> {
  const [here, leaving] = [new Set<string>(), new Set<string>()];
  let nextPageToken: Uint8Array | undefined;
  try {
    do {
      const page = await connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () =>
        connection.workflowService.listWorkers({
          namespace,
          query: `TaskQueue = "${taskQueue}"`,
          pageSize: PAGE_SIZE,
          nextPageToken,
        }),
      );
      for (const { workerIdentity, status } of page.workers ?? []) {
        (LEAVING.includes(String(status)) ? leaving : here).add(workerIdentity ?? '');
      }
      nextPageToken = page.nextPageToken;
    } while (nextPageToken && nextPageToken.length > 0);
  } catch (error) {
    if (grpcStatus(error) === undefined) throw error; // not the server's
    return new Set();
  }
  // A Worker of the reaper's that was made anew has an entry for each.
  return new Set([...leaving].filter((identity) => !here.has(identity)));
}
