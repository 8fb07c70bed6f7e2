import { ReaperError } from '../contract/errors';
import { CONTROL_TASK_QUEUE } from '../contract/task-queues';
import { callServer } from './call-server';
import type { Ended } from './ended';
import type { Server } from './server';

/** `temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW` */
const WORKFLOW_QUEUE = 1;

/** Whether a worker polls for the cancellation workflows. One that died is still listed for up to five minutes. */
export async function hasControlPoller(server: Server): Promise<boolean> {
  const { connection, namespace } = server;
  const { pollers } = await callServer(server, () =>
    connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: CONTROL_TASK_QUEUE },
      taskQueueType: WORKFLOW_QUEUE,
    }),
  );
  return (pollers ?? []).length > 0;
}

const REMEDY = 'Start a worker with ReaperPlugin and control: true (the default) in this namespace';

/** For requests that Temporal cannot be asked directly. */
export function controlUnserved({ kind, why, cause }: Exclude<Ended<never>, { kind: 'done' }>): ReaperError {
  const message = kind === 'unserved' ? `${why}. ${REMEDY}` : why;
  return new ReaperError(kind === 'late' ? 'OUTCOME_PENDING' : 'CONTROL_UNSERVED', message, { cause });
}
