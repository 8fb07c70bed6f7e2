import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';

const { runContainer } = proxyActivities({
  startToCloseTimeout: '1 day',
  // Ends when the container is gone; the default does not wait for that.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

export async function work(image) {
  await runContainer(image, ['sh', '-c', 'while sleep 1; do echo working; done']);
}
