import type { ConnectionLike } from '@temporalio/client';
import { type LocatedWorker } from '../contract/control-requests';
import { CONTROL_TASK_QUEUE, parseIdentity, workerTaskQueue } from '../contract/task-queues';
import { CALL_DEADLINE_MS } from './run-description';

/** `temporal.api.enums.v1.TaskQueueType` */
const TASK_QUEUE_TYPE = { workflow: 1, activity: 2 } as const;

/** Identities that poll a task queue. One that died is still named for up to five minutes: a poller is no proof of life. */
export async function pollersOf(
  connection: ConnectionLike,
  namespace: string,
  taskQueue: string,
  type: keyof typeof TASK_QUEUE_TYPE,
): Promise<string[]> {
  const { pollers } = await connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () =>
    connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: TASK_QUEUE_TYPE[type],
    }),
  );
  return (pollers ?? []).map(({ identity }) => identity ?? '');
}

/** Every worker process with a reaper: each polls the control task queue. */
export async function locateWorkers(connection: ConnectionLike, namespace: string): Promise<LocatedWorker[]> {
  const identities = await pollersOf(connection, namespace, CONTROL_TASK_QUEUE, 'activity');
  const workers = [...new Set(identities)].flatMap((identity) => parseIdentity(identity) ?? []);
  return workers
    .map((location) => ({ ...location, taskQueue: workerTaskQueue(location) }))
    .sort((a, b) => a.taskQueue.localeCompare(b.taskQueue));
}
