import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { ConnectionLike } from '@temporalio/client';
import { CALL_DEADLINE_MS } from '../../server/call-deadline';
import { GRPC_STATUS, grpcStatus } from '../../server/grpc-status';
import { CONTROL_TASK_QUEUE, formatIdentity } from '../../contract/task-queues';
import { type ListedWorker, type WorkerStatus, recordWorkerHeartbeat } from '../../server/record-worker-heartbeat';
import type { ReaperConfig } from '../config';

/** The same interval as in the SDK's Workers. */
const BEAT_MS = 60_000;
/** The longest that a shutdown waits to tell the server. */
const FAREWELL_MS = 100;

/**
 * The one entry of a reaper in the server's list of workers, instead of one for each of its Workers. It tells others when
 * the reaper shuts down in order; a task queue still lists its pollers for five minutes. Servers before 1.29 have no such
 * list.
 */
export class ReaperPresence {
  private readonly entry: ListedWorker;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly connection: ConnectionLike,
    private readonly config: ReaperConfig,
  ) {
    this.entry = {
      key: randomUUID(),
      identity: formatIdentity(undefined, config),
      taskQueue: CONTROL_TASK_QUEUE,
      hostName: hostname(),
      pid: config.workerPid,
      version: config.version,
      startedAt: Date.now(),
    };
  }

  begin(): void {
    this.timer = setInterval(() => void this.beat('running', CALL_DEADLINE_MS), BEAT_MS).unref();
    void this.beat('running', CALL_DEADLINE_MS);
  }

  async end(): Promise<void> {
    if (!this.timer) return;
    clearInterval(this.timer);
    await this.beat('shutting-down', FAREWELL_MS);
  }

  private async beat(status: WorkerStatus, withinMs: number): Promise<void> {
    try {
      await recordWorkerHeartbeat(this.connection, this.config.namespace, this.entry, status, withinMs);
    } catch (error) {
      // Without it, others only learn later that this reaper has left.
      if (grpcStatus(error) === GRPC_STATUS.UNIMPLEMENTED) clearInterval(this.timer);
    }
  }
}
