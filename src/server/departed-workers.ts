import type { ConnectionLike } from '@temporalio/client';
import { grpcStatus } from './grpc-status';
import { CALL_DEADLINE_MS } from './call-deadline';

const PAGE_SIZE = 1_000;

/** `temporal.api.enums.v1.WorkerStatus`, by number or by name: which one the client returns depends on the server. */
const LEAVING = ['2', '3', 'WORKER_STATUS_SHUTTING_DOWN', 'WORKER_STATUS_SHUTDOWN'];

/**
 * Identities of workers that polled a task queue and have reported their shutdown; the queue lists them as pollers for up
 * to five more minutes. A worker that crashed has reported nothing. Empty if the server keeps no list of workers (before
 * 1.29), hides it from us, or has lost it since: then such a worker is asked like any other and does not answer.
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
    if (grpcStatus(error) === undefined) throw error; // not from the server
    return new Set();
  }
  // A reaper that replaces one of its Workers has an entry for each of them, old and new.
  return new Set([...leaving].filter((identity) => !here.has(identity)));
}
