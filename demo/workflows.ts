import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type * as activities from './activities';

export interface DemoInput {
  builder?: string;
  packer?: string;
}

type Activities = typeof activities;

function on(taskQueue: string): Activities {
  return proxyActivities<Activities>({
    taskQueue,
    startToCloseTimeout: '1 hour',
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { maximumAttempts: 1 },
  });
}

/** Builds on one host, packs on the other. Nothing here knows of temporal-reaper. */
export async function buildAndPack({ builder = 'host-a', packer = 'host-b' }: DemoInput = {}): Promise<void> {
  const packing = on(`demo/${packer}`);
  const running = [
    on(`demo/${builder}`).compile(),
    packing.compress(),
    packing.ignoreSigterm(),
    packing.daemonise(),
    on(`demo/${packer}/blocking`).execSynchronously(),
  ];
  // Each cancel is sent when its own kill is over, so wait for all of them.
  const failed = (await Promise.allSettled(running)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}
