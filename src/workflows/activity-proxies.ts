import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { ControlActivities } from '../activities/control-activities';
import type { HostActivities } from '../activities/host-activities';
import { KILL_TIMEOUTS, QUESTION_TIMEOUTS, SILENCE_MS } from '../contract/kill-timeouts';

const CONTROL_TIMEOUTS = {
  startToCloseTimeout: '6s',
  scheduleToCloseTimeout: '20s',
  retry: { initialInterval: '200ms', maximumInterval: '2s' },
} as const;

/**
 * Questions to Temporal. They are local activities: the worker that runs the workflow is alive, whereas a task on a queue
 * may go to the poll of a host that is cut off and stay lost until its timeout. The history has `summary` with the call; the
 * timeline of the Temporal UI (2.54) shows only those of other activities.
 */
export function controlActivities(summary: string): Omit<ControlActivities, 'awaitCancelled'> {
  return proxyLocalActivities<ControlActivities>({ ...CONTROL_TIMEOUTS, summary });
}

/**
 * The control task queue's activity for a wait as long as the longest grace. For up to a minute after a host is cut off,
 * Temporal may give the task to one of its polls and lose it there. The retries last longer than that minute.
 */
export function controlWait(summary: string): Pick<ControlActivities, 'awaitCancelled'> {
  return proxyActivities<ControlActivities>({
    startToCloseTimeout: '2h',
    heartbeatTimeout: SILENCE_MS,
    retry: { initialInterval: '200ms', maximumInterval: '1s', maximumAttempts: 20 },
    summary,
  });
}

/** The activities on a host's or a worker's task queue. */
export function hostActivities(taskQueue: string, summary: string): HostActivities {
  const kills = proxyActivities<HostActivities>({ ...KILL_TIMEOUTS, taskQueue, summary });
  const { list, isWorkerGone } = proxyActivities<HostActivities>({ ...QUESTION_TIMEOUTS, taskQueue, summary });
  return {
    kill: kills.kill,
    killEarlier: kills.killEarlier,
    prepare: kills.prepare,
    collect: kills.collect,
    list,
    isWorkerGone,
  };
}
