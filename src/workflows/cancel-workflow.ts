import { setCurrentDetails } from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { fitOutcome } from '../contract/answer-size';
import type { LocateResult } from '../contract/control-requests';
import type { CancelOutcome } from '../contract/outcomes';
import type { CancelWorkflowRequest } from '../contract/workflow-requests';
import { controlActivities } from './activity-proxies';
import { describeOutcome, describeWait } from './describe';
import { collectLocated, hostsOf, killLocated, mergeHosts, prepareLocated, unguardedOf } from './kill-located';
import { killNewcomers } from './kill-newcomers';
import { tryAwaitEnd, tryRequestCancel } from './outcome';

/**
 * Cancels or terminates a workflow and kills the processes of its activities.
 *
 * Only the workflow knows which activities its cancel reaches. So if it has the interceptor, this requests the cancel, lets
 * the interceptor kill in the right order, and collects the reports. Without the interceptor, or to terminate, this kills
 * first and then cancels. If it is unknown whether the workflow has the interceptor, a kill could hit activities that the
 * cancel does not reach. So this assumes that it has, and reports what the cancel has not ended.
 */
export async function cancelWorkflow(request: CancelWorkflowRequest): Promise<CancelOutcome> {
  const { workflowId, runId, terminate = false } = request;
  const how = terminate ? 'terminate' : 'cancel';
  const outcome: CancelOutcome = {
    workflowId,
    runId,
    cancel: 'none',
    hosts: [],
    unguarded: [],
    unreached: [],
    requestedAt: Date.now(),
  };
  const located = await controlActivities(`find the activities of ${workflowId}`).locate({
    workflowId,
    runId,
    probeInterceptor: !terminate,
  });
  if (located.closed) throw ApplicationFailure.nonRetryable(`Workflow "${workflowId}" is closed`, 'TARGET_CLOSED');
  outcome.locatedAt = Date.now();
  outcome.unguarded = unguardedOf(located.attempts);
  setCurrentDetails(`${how} of \`${workflowId}\`\n\n${describeWait(hostsOf(located.attempts))}`);

  if (located.interceptor === 'yes' || located.interceptor === 'unknown') {
    await cancelThroughInterceptor(request, located, outcome);
    if (located.interceptor === 'unknown') noteUnknown(outcome);
  } else {
    outcome.hosts = await killLocated(located.attempts, killRequestOf(request));
    await tryRequestCancel(outcome, { workflowId, runId, reason: request.reason, how });
    outcome.hosts = mergeHosts([...outcome.hosts, ...(await killNewcomers(outcome, located, killRequestOf(request)))]);
    await tryAwaitEnd(outcome, request);
  }
  setCurrentDetails(`${how} of \`${workflowId}\`: ${outcome.status ?? 'not requested'}\n\n${describeOutcome(outcome)}`);
  return fitOutcome(outcome);
}

/** Activities that still run are out of the cancel's reach, or were never killed: we cannot tell which. */
function noteUnknown(outcome: CancelOutcome): void {
  if (outcome.unreached.length === 0) return;
  outcome.degraded = `The workflow's worker did not say in time whether it kills before it cancels, so nothing was killed first. Activities that still run: ${outcome.unreached.join(', ')}`;
}

function killRequestOf({ reason, escalation }: CancelWorkflowRequest): Parameters<typeof killLocated>[1] {
  return { reason, escalation, then: 'cancel' };
}

async function cancelThroughInterceptor(
  request: CancelWorkflowRequest,
  located: LocateResult,
  outcome: CancelOutcome,
): Promise<void> {
  const { workflowId, runId, reason, escalation } = request;
  if (escalation) await prepareLocated(located.attempts, escalation);
  await tryRequestCancel(outcome, { workflowId, runId, reason, how: 'cancel' });
  await tryAwaitEnd(outcome, request);
  outcome.hosts = await collectLocated(located.attempts);
}
