import { setCurrentDetails } from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { DEFAULT_ESCALATION } from '../contract/escalation';
import type { CancelOutcome, CancelWorkflowRequest, LocateResult } from '../contract/requests';
import { control, controlWait } from './activity-proxies';
import { collectLocated, describeHosts, killLocated, mergeHosts, prepareLocated, unguardedOf } from './kill-located';
import { killNewcomers } from './kill-newcomers';
import { tryRequestCancel } from './try-request-cancel';

/** Beyond the escalation, for Temporal's own part. */
const WAIT_MARGIN_MS = 5_000;

/**
 * Cancels, or terminates, a workflow and kills the processes of its activities.
 *
 * Only the workflow knows what its cancel reaches. So where it has the interceptor, this requests the cancel, lets the
 * interceptor kill in the right order, and reports; elsewhere, and to terminate, it kills first and cancels then.
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
  const located = await control(`find the activities of ${workflowId}`).locate({
    workflowId,
    runId,
    probeInterceptor: !terminate,
  });
  if (located.closed) throw ApplicationFailure.nonRetryable(`Workflow "${workflowId}" is closed`, 'TARGET_CLOSED');
  outcome.locatedAt = Date.now();
  outcome.unguarded = unguardedOf(located.attempts);

  if (located.interceptor) await cancelThroughInterceptor(request, located, outcome);
  else {
    outcome.hosts = await killLocated(located.attempts, killRequestOf(request));
    await tryRequestCancel(outcome, { workflowId, runId, reason: request.reason, how });
    outcome.hosts = mergeHosts([...outcome.hosts, ...(await killNewcomers(located, killRequestOf(request)))]);
    await awaitEnd(request, outcome);
  }
  setCurrentDetails(`${how} of \`${workflowId}\`: ${outcome.status ?? 'not requested'}\n\n${describeHosts(outcome.hosts)}`);
  return outcome;
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
  await awaitEnd(request, outcome);
  outcome.hosts = await collectLocated(located.attempts);
}

async function awaitEnd(request: CancelWorkflowRequest, outcome: CancelOutcome): Promise<void> {
  const { workflowId, runId } = request;
  const { graceMs, settleMs } = request.escalation ?? DEFAULT_ESCALATION;
  const wait = controlWait('wait for the end', graceMs + settleMs + WAIT_MARGIN_MS);
  try {
    const { status, closedAt, unreached } = await wait.awaitCancelled({ workflowId, runId });
    Object.assign(outcome, { status, closedAt, unreached });
  } catch {
    outcome.status = 'RUNNING'; // it did not end within the wait
  }
}
