import type { ConnectionLike } from '@temporalio/client';
import { type LocatedWorker } from '../contract/control-requests';
import { CONTROL_TASK_QUEUE, parseIdentity, workerTaskQueue } from '../contract/task-queues';
import { departedFrom } from './departed-workers';
import { CALL_DEADLINE_MS } from './call-deadline';

/** `temporal.api.enums.v1.TaskQueueType` */
const TASK_QUEUE_TYPE = { workflow: 1, activity: 2 } as const;

/** `temporal.api.enums.v1.DescribeTaskQueueMode.DESCRIBE_TASK_QUEUE_MODE_ENHANCED` */
const ENHANCED = 1;

/** The identities that poll a task queue. Dead workers are listed for up to five minutes: a poller need not be alive. */
export async function pollersOf(
  connection: ConnectionLike,
  namespace: string,
  taskQueue: string,
  type: keyof typeof TASK_QUEUE_TYPE,
): Promise<string[]> {
  const number = TASK_QUEUE_TYPE[type];
  const answer = await connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () =>
    connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: number,
      // The plain mode shows only one of the queue's partitions: in a test, 6 of 12 pollers.
      apiMode: ENHANCED,
      taskQueueTypes: [number],
      reportPollers: true,
    }),
  );
  const everywhere = Object.values(answer.versionsInfo ?? {}).flatMap(
    (info) => info.typesInfo?.[number]?.pollers ?? [],
  );
  // A server without the enhanced mode answers in the plain one.
  const pollers = everywhere.length > 0 ? everywhere : (answer.pollers ?? []);
  return pollers.map(({ identity }) => identity ?? '');
}

/** Every worker process that has a reaper and has not shut down: each polls the control task queue. */
export async function locateWorkers(connection: ConnectionLike, namespace: string): Promise<LocatedWorker[]> {
  const [polling, departed] = await Promise.all([
    pollersOf(connection, namespace, CONTROL_TASK_QUEUE, 'activity'),
    departedFrom(connection, namespace, CONTROL_TASK_QUEUE),
  ]);
  const identities = new Set(polling.filter((identity) => !departed.has(identity)));
  const workers = [...identities].flatMap((identity) => parseIdentity(identity) ?? []);
  return workers
    .map((location) => ({ ...location, taskQueue: workerTaskQueue(location) }))
    .sort((a, b) => a.taskQueue.localeCompare(b.taskQueue));
}
