import { proxyActivities } from '@temporalio/workflow';

const { tick } = proxyActivities({ startToCloseTimeout: '1 hour' });

export async function hello() {
  await tick();
}
