import { setTimeout as sleep } from 'node:timers/promises';
import { describeRun } from './target-run';
import type { Server } from './server';

const LOOK_EVERY_MS = 1_000;
/** A workflow task that no worker takes for this long is not served. */
const UNTAKEN_MS = 5_000;
/** A workflow task that is not done after this long was taken by workers that died or fail, one after the other. */
const UNDONE_MS = 11_000;
/** `temporal.api.enums.v1.PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_STARTED` */
const STARTED: number = 2;

/** A workflow task that waits or is worked on. */
export interface PendingTask {
  /** The same for every attempt of the task. */
  key: string;
  started: boolean;
}

async function pendingTask(
  server: Server,
  execution: { workflowId: string; runId: string },
): Promise<PendingTask | undefined> {
  const task = (await describeRun(server, execution))?.pendingWorkflowTask;
  if (!task) return undefined;
  const { seconds, nanos } = task.originalScheduledTime ?? task.scheduledTime ?? {};
  return { key: `${String(seconds)}.${nanos ?? 0}`, started: Number(task.state) === STARTED };
}

/** Says, look by look, whether a worker serves a run. */
export function createServiceCheck(now: number): (task: PendingTask | undefined, now: number) => boolean {
  let lastLook = now;
  let since = now;
  let key: string | undefined;
  return (task, at) => {
    if (task?.key !== key) since = lastLook; // it began after the look before
    key = task?.key;
    lastLook = at;
    return task === undefined || at - since < (task.started ? UNDONE_MS : UNTAKEN_MS);
  };
}

/** Waits until nobody serves the run; the pollers listed for a task queue are no proof of life, its tasks are. */
export async function untilUnserved(
  server: Server,
  execution: { workflowId: string; runId: string },
  signal: AbortSignal,
): Promise<void> {
  const isServed = createServiceCheck(Date.now());
  do await sleep(LOOK_EVERY_MS, undefined, { signal });
  while (isServed(await pendingTask(server, execution), Date.now()));
}
