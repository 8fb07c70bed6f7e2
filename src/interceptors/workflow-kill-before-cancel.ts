import { CancellationScope, log, proxyActivities, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import { TimeoutFailure, ActivityFailure } from '@temporalio/common';
import { KILL_TIMEOUTS, graceUsedMs } from '../contract/kill-timeouts';
import type { LocateRequest, LocateResult, LocatedAttempt } from '../contract/control-requests';
import { type KillRequest } from '../contract/host-requests';
import { killSummary } from '../contract/kill-summary';
import { LOCATE_LOCAL_ACTIVITY } from '../contract/names';
import { hostTaskQueue } from '../contract/task-queues';
import { PROTOCOL_VERSION } from '../contract/version';
import type { GatedScope } from './workflow-gated-scope';
import type { OwnActivities } from './workflow-own-activities';
import type { RunEnd } from './workflow-run-end';

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

  constructor(
    private readonly own: OwnActivities,
    private readonly end: RunEnd,
  ) {}

  add(activity: GatedActivity): void {
    activity.isKilledFirst = true;
    if (this.batch) {
      this.batch.push(activity);
      return;
    }
    const batch = (this.batch = [activity]);
    // Where no cancel reaches it. A failed kill must never block a cancel.
    void CancellationScope.nonCancellable(async () => {
      try {
        for (let tick = 0; tick < GATHER_TICKS; tick++) await Promise.resolve();
        this.batch = undefined;
        const { workflowId, runId } = workflowInfo();
        const activityIds = batch.map(({ activityId }) => activityId);
        const located = await this.own.schedule(() => locate({ workflowId, runId, activityIds }));
        if (this.end.hasCome) open(batch);
        else this.kill(batch, located);
      } catch (error) {
        if (!this.end.hasCome) log.warn('temporal-reaper: cancelled without a kill', { error: String(error) });
        open(batch);
      }
    });
  }

  /** Opens each gate when the kill on its activity's host is over, or at once if there is nothing to kill. */
  private kill(batch: GatedActivity[], located: LocateResult): void {
    const queues = new Map<string, LocatedAttempt[]>();
    for (const attempt of located.attempts) {
      if (attempt.taskQueue) queues.set(attempt.taskQueue, [...(queues.get(attempt.taskQueue) ?? []), attempt]);
    }
    for (const [taskQueue, there] of queues) {
      this.killOn(taskQueue, there)
        .catch((error: unknown) => log.warn('temporal-reaper: a kill failed', { error: String(error) }))
        .finally(() => open(among(batch, there)));
    }
    const killed = among(batch, [...queues.values()].flat());
    open(batch.filter((activity) => !killed.includes(activity)));
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
    return this.own.schedule((ordinal) => {
      const activityId = `temporal-reaper-${ordinal}`;
      const options = { ...KILL_TIMEOUTS, taskQueue, activityId, summary: killSummary(located) };
      this.own.add(request, options);
      return proxyActivities<{ kill(request: KillRequest): Promise<void> }>(options).kill(request);
    });
  }
}

/** Where they run. */
function locate(request: LocateRequest): Promise<LocateResult> {
  const { [LOCATE_LOCAL_ACTIVITY]: ask } = proxyLocalActivities<
    Record<string, (request: LocateRequest) => Promise<LocateResult>>
  >({
    startToCloseTimeout: '5s',
    scheduleToCloseTimeout: '6s',
    retry: { maximumAttempts: 1 },
  });
  return ask(request);
}

function among(batch: GatedActivity[], located: LocatedAttempt[]): GatedActivity[] {
  const ids = new Set(located.map(({ attempt }) => attempt.activityId));
  return batch.filter(({ activityId }) => ids.has(activityId));
}

function open(activities: GatedActivity[]): void {
  for (const { gate } of activities) gate.open();
}
