import type { Connection } from '@temporalio/client';
import { CONTROL_TASK_QUEUE, hostTaskQueue } from '../../src/contract/task-queues';
import { waitUntil } from './wait-until';

/**
 * Waits until a worker hosts the cancellation workflows: they are bundled after it has begun to poll.
 *
 * @param workerPid that very worker; suites that share a namespace see one another's
 */
export function controlIsServed(
  { workflowService }: Connection,
  { namespace = 'default', workerPid }: { namespace?: string; workerPid?: number } = {},
): Promise<void> {
  const request = { namespace, taskQueue: { name: CONTROL_TASK_QUEUE }, taskQueueType: 1 };
  return waitUntil(
    'a worker polls for the cancellation workflows',
    async () => {
      const { pollers } = await workflowService.describeTaskQueue(request);
      return (pollers ?? []).some(({ identity }) => workerPid === undefined || identity?.includes(`${workerPid}@`));
    },
    { timeoutMs: 45_000, everyMs: 50 },
  );
}

/** Waits until a worker takes the kills of its host: it has loaded and connected. */
export function hostIsServed({ workflowService }: Connection, hostId: string): Promise<void> {
  const request = { namespace: 'default', taskQueue: { name: hostTaskQueue(hostId) }, taskQueueType: 2 };
  return waitUntil(
    'a worker polls for the kills of its host',
    async () => ((await workflowService.describeTaskQueue(request)).pollers ?? []).length > 0,
    { timeoutMs: 45_000, everyMs: 50 },
  );
}
