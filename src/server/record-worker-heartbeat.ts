import type { ConnectionLike } from '@temporalio/client';
import { timestampOf } from '../contract/timestamp';

/** `temporal.api.enums.v1.WorkerStatus` */
const WORKER_STATUS = { running: 1, 'shutting-down': 2 } as const;
export type WorkerStatus = keyof typeof WORKER_STATUS;

/** A worker's entry in the server's list of workers. */
export interface ListedWorker {
  /** Unique to this entry. */
  key: string;
  identity: string;
  taskQueue: string;
  hostName: string;
  pid: number;
  version: string;
  /** Unix time in ms. */
  startedAt: number;
}

/** Writes the entry. A server before 1.29 fails it with UNIMPLEMENTED. */
export async function recordWorkerHeartbeat(
  connection: ConnectionLike,
  namespace: string,
  worker: ListedWorker,
  status: WorkerStatus,
  withinMs: number,
): Promise<void> {
  const { key, identity, taskQueue, hostName, pid, version, startedAt } = worker;
  const now = Date.now();
  const workerHeartbeat = {
    workerInstanceKey: key,
    workerIdentity: identity,
    taskQueue,
    hostInfo: { hostName, processId: `${pid}` },
    sdkName: 'temporal-reaper',
    sdkVersion: version,
    status: WORKER_STATUS[status],
    startTime: timestampOf(startedAt),
    heartbeatTime: timestampOf(now),
  };
  await connection.withDeadline(now + withinMs, () =>
    connection.workflowService.recordWorkerHeartbeat({ namespace, identity, workerHeartbeat: [workerHeartbeat] }),
  );
}
