import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';

const { simulate } = proxyActivities({
  startToCloseTimeout: '1 day',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  // Who finds no licence asks again.
  retry: { initialInterval: '1s', backoffCoefficient: 1 },
});

export async function regression(designs) {
  // Not Promise.all, which would let the workflow end at the first cancel, before the others are over.
  const runs = await Promise.allSettled(designs.map((design) => simulate(design)));
  const failed = runs.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
}
