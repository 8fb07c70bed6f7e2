import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { ControlActivities } from '../activities/control-activities';
import type { HostActivities } from '../activities/host-activities';
import { KILL_TIMEOUTS, QUESTION_TIMEOUTS } from '../contract/kill-timeouts';

const CONTROL_TIMEOUTS = {
  startToCloseTimeout: '6s',
  scheduleToCloseTimeout: '20s',
  retry: { initialInterval: '200ms', maximumInterval: '2s' },
} as const;

/**
 * Questions to Temporal, asked by the very worker that runs the workflow: it is alive, while a task on a queue may be
 * given to the poll of a host that is cut off, and is lost there until its timeout. `summary` is what the Temporal UI
 * shows of the call.
 */
export function control(summary: string): Omit<ControlActivities, 'awaitCancelled'> {
  return proxyLocalActivities<ControlActivities>({ ...CONTROL_TIMEOUTS, summary });
}

/** The control task queue's activity for a wait as long as the longest grace. */
export function controlWait(summary: string): Pick<ControlActivities, 'awaitCancelled'> {
  return proxyActivities<ControlActivities>({
    startToCloseTimeout: '2h',
    heartbeatTimeout: '5s',
    retry: { initialInterval: '200ms', maximumAttempts: 3 },
    summary,
  });
}

/** The activities of a host's or a worker's task queue. */
export function host(taskQueue: string, summary: string): HostActivities {
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
