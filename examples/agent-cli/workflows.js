import {
  ActivityCancellationType,
  ActivityFailure,
  CancelledFailure,
  defineQuery,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';

const { runCommand } = proxyActivities({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '30s',
  // The details come when the activity has ended; the default does not wait for that.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 }, // an agent's work is not to be repeated blindly
});

export const leftover = defineQuery('leftover');

export async function askAgent(task) {
  let left;
  setHandler(leftover, () => left);
  try {
    const { stdout } = await runCommand({
      file: 'agent',
      args: [task],
      inheritEnv: ['PATH', 'HOME'], // nothing else of the worker's
      secrets: ['AGENT_API_KEY'], // a name: the value is never in the history
      killSignal: 'SIGINT', // agents save their session on Ctrl-C
      graceMs: 2_000,
      keepBytes: 2_000,
    });
    return stdout;
  } catch (error) {
    if (error instanceof ActivityFailure && error.cause instanceof CancelledFailure) {
      const [result, kill] = error.cause.details;
      left = { output: result.stdout, kill };
    }
    throw error;
  }
}
