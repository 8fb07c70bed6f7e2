import { setTimeout as sleep } from 'node:timers/promises';
import { findRun } from './target-run';
import type { TemporalServer } from './server';

const LOOK_EVERY_MS = 1_000;
/** A workflow task that no worker takes within this time is unserved. */
const UNTAKEN_MS = 5_000;
/** A workflow task that is not completed within this time keeps going to workers that die or fail it. */
const UNDONE_MS = 11_000;
/** `temporal.api.enums.v1.PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_STARTED` */
const STARTED: number = 2;

/** A workflow task that is waiting or started. */
export interface PendingTask {
  /** The same for every attempt of the task. */
  key: string;
  started: boolean;
}

async function pendingTask(
  server: TemporalServer,
  execution: { workflowId: string; runId: string },
): Promise<PendingTask | undefined> {
  const task = (await findRun(server, execution))?.pendingWorkflowTask;
  if (!task) return undefined;
  const { seconds, nanos } = task.originalScheduledTime ?? task.scheduledTime ?? {};
  return { key: `${String(seconds)}.${nanos ?? 0}`, started: Number(task.state) === STARTED };
}

/** Tells, at each look, whether a worker serves a run. */
export function createServiceCheck(now: number): (task: PendingTask | undefined, now: number) => boolean {
  let lastLook = now;
  let since = now;
  let key: string | undefined;
  return (task, at) => {
    if (task?.key !== key) since = lastLook; // it began after the previous look
    key = task?.key;
    lastLook = at;
    return task === undefined || at - since < (task.started ? UNDONE_MS : UNTAKEN_MS);
  };
}

/** Waits until no worker serves the run. The listed pollers prove nothing, so this watches the run's workflow task. */
export async function untilUnserved(
  server: TemporalServer,
  execution: { workflowId: string; runId: string },
  signal: AbortSignal,
): Promise<void> {
  const isServed = createServiceCheck(Date.now());
  do await sleep(LOOK_EVERY_MS, undefined, { signal });
  while (isServed(await pendingTask(server, execution), Date.now()));
}
