import { CancellationScope, log, proxyActivities, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import { TimeoutFailure, ActivityFailure } from '@temporalio/common';
import { KILL_TIMEOUTS, graceUsedMs } from '../contract/kill-timeouts';
import { type LocateRequest, type LocateResult, type LocatedAttempt } from '../contract/control-requests';
import { type KillRequest } from '../contract/host-requests';
import { killSummary } from '../contract/kill-summary';
import { LOCATE_LOCAL_ACTIVITY } from '../contract/names';
import { hostTaskQueue } from '../contract/task-queues';
import { PROTOCOL_VERSION } from '../contract/version';
import type { GatedScope } from './workflow-gated-scope';
import type { OwnActivities } from './workflow-own-activities';

/** An activity whose cancel waits for its kill. */
export interface GatedActivity {
  seq: number;
  activityId: string;
  activityType: string;
  gate: GatedScope;
  isTryCancel: boolean;
  /** `historyLength` of the workflow task that has scheduled it. */
  scheduledAt: number;
  /** Whether its cancel waits, or has waited, for a kill. */
  isKilledFirst: boolean;
}

/** Nested scopes learn of a cancel one after the other; within this many microtasks all of them join one kill. */
const GATHER_TICKS = 32;

/** Sends one locate, and one kill per worker, for all activities that are cancelled together. */
export class KillBeforeCancel {
  private batch: GatedActivity[] | undefined;

  constructor(private readonly own: OwnActivities) {}

  add(activity: GatedActivity): void {
    activity.isKilledFirst = true;
    if (this.batch) {
      this.batch.push(activity);
      return;
    }
    const batch = (this.batch = [activity]);
    void CancellationScope.nonCancellable(async () => {
      for (let tick = 0; tick < GATHER_TICKS; tick++) await Promise.resolve();
      this.batch = undefined;
      try {
        await this.killAll(batch);
      } catch (error) {
        log.warn('temporal-reaper: cancelled without a kill', { error: String(error) });
      } finally {
        // A failed kill must never block a cancel.
        open(batch);
      }
    });
  }

  /** Opens each gate when the kill on its activity's host is over, or at once if there is nothing to kill. */
  private async killAll(batch: GatedActivity[]): Promise<void> {
    const queues = new Map<string, LocatedAttempt[]>();
    for (const attempt of await locate(batch)) {
      if (attempt.taskQueue) queues.set(attempt.taskQueue, [...(queues.get(attempt.taskQueue) ?? []), attempt]);
    }
    const kills = [...queues].map(async ([taskQueue, located]) => {
      try {
        await this.killOn(taskQueue, located);
      } catch (error) {
        log.warn('temporal-reaper: a kill failed', { error: String(error) });
      }
      open(among(batch, located));
    });
    const killed = among(batch, [...queues.values()].flat());
    open(batch.filter((activity) => !killed.includes(activity)));
    await Promise.all(kills);
  }

  private async killOn(taskQueue: string, located: LocatedAttempt[]): Promise<void> {
    const request: KillRequest = {
      version: PROTOCOL_VERSION,
      attempts: located.map(({ attempt }) => attempt),
      reason: 'its workflow cancels it',
      then: 'cancel',
      gated: true,
    };
    const startedAt = Date.now();
    try {
      await this.sendKill(taskQueue, request, located);
    } catch (error) {
      const host = located[0].location?.hostId;
      // The worker is gone, but another worker on the host can still find its processes.
      const gone = error instanceof ActivityFailure && error.cause instanceof TimeoutFailure;
      if (!gone || host === undefined || taskQueue === hostTaskQueue(host)) throw error;
      const used = graceUsedMs(Date.now() - startedAt);
      await this.sendKill(hostTaskQueue(host), { ...request, graceUsedMs: used }, located);
    }
  }

  private sendKill(taskQueue: string, request: KillRequest, located: LocatedAttempt[]): Promise<void> {
    const options = { ...KILL_TIMEOUTS, taskQueue, summary: killSummary(located) };
    this.own.add(request, options);
    return proxyActivities<{ kill(request: KillRequest): Promise<void> }>(options).kill(request);
  }
}

async function locate(batch: GatedActivity[]): Promise<LocatedAttempt[]> {
  const { workflowId, runId } = workflowInfo();
  const { [LOCATE_LOCAL_ACTIVITY]: ask } = proxyLocalActivities<
    Record<string, (request: LocateRequest) => Promise<LocateResult>>
  >({
    startToCloseTimeout: '5s',
    scheduleToCloseTimeout: '6s',
    retry: { maximumAttempts: 1 },
  });
  const result = await ask({ workflowId, runId, activityIds: batch.map(({ activityId }) => activityId) });
  return result.attempts;
}

function among(batch: GatedActivity[], located: LocatedAttempt[]): GatedActivity[] {
  const ids = new Set(located.map(({ attempt }) => attempt.activityId));
  return batch.filter(({ activityId }) => ids.has(activityId));
}

function open(activities: GatedActivity[]): void {
  for (const { gate } of activities) gate.open();
}
