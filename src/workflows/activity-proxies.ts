import { proxyActivities } from '@temporalio/workflow';
import type { ControlActivities } from '../activities/control-activities';
import type { HostActivities } from '../activities/host-activities';
import { KILL_TIMEOUTS } from '../contract/kill-timeouts';

const CONTROL_TIMEOUTS = {
  startToCloseTimeout: '6s',
  scheduleToCloseTimeout: '20s',
  retry: { initialInterval: '200ms', maximumInterval: '2s' },
} as const;

/** The control task queue's activities; `summary` is what the Temporal UI shows of the call. */
export function control(summary: string): ControlActivities {
  return proxyActivities<ControlActivities>({ ...CONTROL_TIMEOUTS, summary });
}

/** The same for a wait as long as the longest grace. */
export function controlWait(summary: string): Pick<ControlActivities, 'awaitCancelled'> {
  return proxyActivities<ControlActivities>({
    startToCloseTimeout: '2h',
    heartbeatTimeout: '10s',
    retry: { maximumAttempts: 1 },
    summary,
  });
}

/** The activities of a host's or a worker's task queue. */
export function host(taskQueue: string, summary: string): HostActivities {
  return proxyActivities<HostActivities>({ ...KILL_TIMEOUTS, taskQueue, summary });
}
