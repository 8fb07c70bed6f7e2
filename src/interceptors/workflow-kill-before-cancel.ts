import { CancellationScope, log, proxyActivities, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import { TimeoutFailure, ActivityFailure } from '@temporalio/common';
import { KILL_TIMEOUTS } from '../contract/kill-timeouts';
import { type LocateRequest, type LocateResult, type LocatedAttempt } from '../contract/control-requests';
import { type KillRequest } from '../contract/host-requests';
import { LOCATE_LOCAL_ACTIVITY } from '../contract/names';
import { hostTaskQueue } from '../contract/task-queues';
import type { GatedScope } from './workflow-gated-scope';

/** An activity whose cancel waits for its kill. */
export interface GatedActivity {
  activityId: string;
  activityType: string;
  gate: GatedScope;
}

/** Nested scopes learn of a cancel one after the other; these many microtasks let all of them join one kill. */
const GATHER_TICKS = 32;

/** One locate, and one kill per worker, for all activities that are cancelled together. */
export class KillBeforeCancel {
  private batch: GatedActivity[] | undefined;

  add(activity: GatedActivity): void {
    if (this.batch) {
      this.batch.push(activity);
      return;
    }
    const batch = (this.batch = [activity]);
    void CancellationScope.nonCancellable(async () => {
      for (let tick = 0; tick < GATHER_TICKS; tick++) await Promise.resolve();
      this.batch = undefined;
      try {
        await killAll(batch);
      } catch (error) {
        log.warn('temporal-reaper: cancelled without a kill', { error: String(error) });
      } finally {
        // A failed kill never blocks a cancel.
        for (const { gate } of batch) gate.open();
      }
    });
  }
}

async function killAll(batch: GatedActivity[]): Promise<void> {
  const { workflowId, runId } = workflowInfo();
  const { [LOCATE_LOCAL_ACTIVITY]: locate } = proxyLocalActivities<
    Record<string, (request: LocateRequest) => Promise<LocateResult>>
  >({
    startToCloseTimeout: '5s',
    scheduleToCloseTimeout: '6s',
    retry: { maximumAttempts: 1 },
  });
  const { attempts } = await locate({ workflowId, runId, activityIds: batch.map(({ activityId }) => activityId) });
  const queues = new Map<string, LocatedAttempt[]>();
  for (const attempt of attempts) {
    if (attempt.taskQueue) queues.set(attempt.taskQueue, [...(queues.get(attempt.taskQueue) ?? []), attempt]);
  }
  const kills = await Promise.allSettled([...queues].map(([taskQueue, located]) => killOn(taskQueue, located)));
  for (const kill of kills) {
    if (kill.status === 'rejected') log.warn('temporal-reaper: a kill failed', { error: String(kill.reason) });
  }
}

async function killOn(taskQueue: string, located: LocatedAttempt[]): Promise<void> {
  const request: KillRequest = {
    attempts: located.map(({ attempt }) => attempt),
    reason: 'its workflow cancels it',
    then: 'cancel',
  };
  const killThere = (queue: string): Promise<void> => {
    const { kill } = proxyActivities<{ kill(request: KillRequest): Promise<void> }>({
      ...KILL_TIMEOUTS,
      taskQueue: queue,
      summary: `kill ${located.map(({ activityType }) => activityType).join(', ')}`.slice(0, 200),
    });
    return kill(request);
  };
  try {
    await killThere(taskQueue);
  } catch (error) {
    const host = located[0].location?.hostId;
    // Its worker is gone: another one on the host still finds its processes.
    const gone = error instanceof ActivityFailure && error.cause instanceof TimeoutFailure;
    if (!gone || host === undefined || taskQueue === hostTaskQueue(host)) throw error;
    await killThere(hostTaskQueue(host));
  }
}
