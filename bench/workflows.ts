import {
  ActivityCancellationType,
  CancelledFailure,
  CancellationScope,
  defineSignal,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type * as activities from './activities';

export interface HoldInput {
  activity: 'silent' | 'beating' | 'cooperative' | 'blocking' | 'five' | 'shellAndChild' | 'daemon' | 'many';
  fifo: string;
  taskQueue: string;
  heartbeatTimeout: string;
  /** Number of concurrent activities. Default 1. */
  times?: number;
}

/** Ordinary activities, ordinarily cancelled. */
export async function hold({ activity, fifo, taskQueue, heartbeatTimeout, times = 1 }: HoldInput): Promise<void> {
  const proxies = proxyActivities<typeof activities>({
    taskQueue,
    heartbeatTimeout: heartbeatTimeout as '60s',
    startToCloseTimeout: '10m',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { maximumAttempts: 1 },
  });
  await Promise.all(Array.from({ length: times }, () => proxies[activity](fifo)));
}

export interface LeaveInput {
  fifo: string;
  taskQueue: string;
}

/** Returns when it is told to, and leaves its activity running. */
export async function holdUntilLeft({ fifo, taskQueue }: LeaveInput): Promise<void> {
  const left = new Promise<void>((resolve) => setHandler(defineSignal('leave'), resolve));
  await Promise.race([hold({ activity: 'silent', fifo, taskQueue, heartbeatTimeout: '30m' }), left]);
}

/** The yardstick: on a cancel, one activity finds the process and another kills it; nothing else happens. */
export async function bare({ fifo, taskQueue }: Pick<HoldInput, 'fifo' | 'taskQueue'>): Promise<void> {
  const work = proxyActivities<typeof activities>({
    taskQueue,
    startToCloseTimeout: '10m',
    heartbeatTimeout: '60s',
    retry: { maximumAttempts: 1 },
  });
  const host = proxyActivities<typeof activities>({ taskQueue: `${taskQueue}/host`, startToCloseTimeout: '10s' });
  const running = CancellationScope.nonCancellable(() => work.withPid(fifo)).catch(() => undefined); // killed, as expected
  await CancellationScope.current().cancelRequested.catch(() => undefined); // rejects when the cancel arrives
  await CancellationScope.nonCancellable(async () => {
    await host.killPid(await host.findPid(workflowInfo().workflowId));
    await running;
  });
  throw new CancelledFailure('cancelled');
}

export async function manyNoops(count: number): Promise<void> {
  const { noop } = proxyActivities<typeof activities>({ startToCloseTimeout: '1m' });
  await Promise.all(Array.from({ length: count }, () => noop()));
}

export async function compareSpawns(count: number): Promise<unknown> {
  const { spawnInTurn } = proxyActivities<typeof activities>({
    startToCloseTimeout: '5m',
    retry: { maximumAttempts: 1 },
  });
  return spawnInTurn(count);
}

/** One activity, whose worker may not have started yet. */
export async function doNothing(taskQueue: string): Promise<void> {
  await proxyActivities<{ nothing(): Promise<void> }>({ taskQueue, startToCloseTimeout: '1m' }).nothing();
}
