import { proxyActivities } from '@temporalio/workflow';

const { train } = proxyActivities({ startToCloseTimeout: '1 day', heartbeatTimeout: '3s' });

export async function trainModel() {
  await train();
}
