import { setCurrentDetails } from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { fitOutcome } from '../contract/answer-size';
import type { CancelOutcome } from '../contract/outcomes';
import type { CancelActivityRequest } from '../contract/workflow-requests';
import { controlActivities } from './activity-proxies';
import { describeOutcome, describeWait } from './describe';
import { hostsOf, killLocated, mergeHosts, unguardedOf } from './kill-located';
import { killNewcomers } from './kill-newcomers';
import { tryAwaitEnd, tryRequestCancel } from './outcome';

/**
 * Kills the processes of one activity and cancels only that activity: through the workflow interceptor if the run has it,
 * otherwise by failing the activity with a CancelledFailure.
 */
export async function cancelActivity(request: CancelActivityRequest): Promise<CancelOutcome> {
  const { workflowId, runId, activityId, reason, escalation } = request;
  const requestedAt = Date.now();
  const located = await controlActivities(`find ${activityId}`).locate({
    workflowId,
    runId,
    activityIds: [activityId],
    probeInterceptor: true,
  });
  if (located.closed) throw ApplicationFailure.nonRetryable(`Workflow "${workflowId}" is closed`, 'TARGET_CLOSED');
  if (located.attempts.length === 0) {
    throw ApplicationFailure.nonRetryable(
      `Workflow "${workflowId}" has no pending activity "${activityId}": it is over, local, or has another id`,
      'TARGET_NOT_FOUND',
    );
  }
  const kill = { reason, escalation, then: 'cancel' as const };
  const outcome: CancelOutcome = {
    workflowId,
    runId,
    activityId,
    cancel: 'none',
    hosts: [],
    unguarded: unguardedOf(located.attempts),
    unreached: [],
    requestedAt,
    locatedAt: Date.now(),
  };
  const what = `cancel of \`${activityId}\` of \`${workflowId}\``;
  setCurrentDetails(`${what}\n\n${describeWait(hostsOf(located.attempts))}`);
  outcome.hosts = await killLocated(located.attempts, kill);
  // Failing the activity by id works in every run; the workflow then sees a failure whose cause is the cancel.
  const how = located.interceptor === 'yes' ? 'cancel-activity' : 'fail-activity';
  await tryRequestCancel(outcome, { workflowId, runId, activityIds: [activityId], reason, how });
  outcome.hosts = mergeHosts([...outcome.hosts, ...(await killNewcomers(outcome, located, kill, [activityId]))]);
  await tryAwaitEnd(outcome, request, [activityId]);
  setCurrentDetails(`${what}\n\n${describeOutcome(outcome)}`);
  return fitOutcome(outcome);
}
