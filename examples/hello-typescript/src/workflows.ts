import { proxyActivities } from '@temporalio/workflow';
import type * as activities from './activities';

const { latestTick } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 hour' });

export async function hello(): Promise<string> {
  return latestTick();
}
