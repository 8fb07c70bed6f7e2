import { setTimeout as sleep } from 'node:timers/promises';
import { probeInterceptor } from '../server/probe-interceptor';
import { sendCancel } from '../server/cancel-calls';
import type { RequestCancelRequest } from '../contract/control-requests';
import { GRPC_STATUS, grpcStatus } from '../server/grpc-status';
import type { CancelOutcome } from '../contract/outcomes';
import { isOpen, statusOf } from '../contract/run-status';
import type { CancelActivityRequest, CancelWorkflowRequest } from '../contract/workflow-requests';
import { callServer } from '../server/call-server';
import type { TemporalServer } from './server';
import { findRun } from './target-run';

const LOOK_EVERY_MS = 250;

/** Why Temporal is asked directly, and when the request was made. */
interface Because {
  why: string;
  requestedAt: number;
}

/**
 * Asks Temporal for the cancel without killing first, so that an unserved request never blocks a cancel. The workflow
 * interceptor and the watch on the activities' workers then kill.
 */
export async function askDirectly(
  server: TemporalServer,
  { workflowId, runId, reason, terminate }: CancelWorkflowRequest,
  { why, requestedAt }: Because,
): Promise<CancelOutcome> {
  const degraded = `${why}. Temporal was asked directly, without a kill first`;
  const outcome = emptyOutcome({ workflowId, runId }, requestedAt, degraded);
  await send(server, outcome, { workflowId, runId, reason, how: terminate ? 'terminate' : 'cancel' });
  await noteState(server, outcome);
  return outcome;
}

/**
 * The same for one activity. A run with the workflow interceptor is asked to kill and cancel it, and we wait for the end.
 * In any other run the activity is failed by id, and the watch kills.
 *
 * @param untilMs Unix time in ms until which to wait for the end of the activity
 */
export async function cancelActivityDirectly(
  server: TemporalServer,
  { workflowId, runId, activityId, reason }: CancelActivityRequest,
  { why, requestedAt }: Because,
  untilMs: number,
): Promise<CancelOutcome> {
  const interceptor = await probeInterceptor(server.connection, server.namespace, { workflowId, runId });
  const how = interceptor === 'yes' ? 'cancel-activity' : 'fail-activity';
  const asked =
    how === 'cancel-activity'
      ? 'The workflow itself was asked to kill and cancel the activity; there is no report of what died'
      : 'Temporal was asked directly, without a kill first';
  const outcome = emptyOutcome({ workflowId, runId, activityId }, requestedAt, `${why}. ${asked}`);
  await send(server, outcome, { workflowId, runId, reason, how, activityIds: [activityId], killFirst: true });
  while ((await noteState(server, outcome)) && how === 'cancel-activity' && Date.now() < untilMs) {
    await sleep(LOOK_EVERY_MS);
  }
  return outcome;
}

function emptyOutcome(
  target: Pick<CancelOutcome, 'workflowId' | 'runId' | 'activityId'>,
  requestedAt: number,
  degraded: string,
): CancelOutcome {
  return { ...target, cancel: 'none', degraded, hosts: [], unguarded: [], unreached: [], requestedAt };
}

async function send(server: TemporalServer, outcome: CancelOutcome, request: RequestCancelRequest): Promise<void> {
  const { connection, namespace, identity } = server;
  try {
    await callServer(server, () => sendCancel(connection, namespace, identity, request));
    outcome.cancel = request.how;
    outcome.cancelRequestedAt = Date.now();
  } catch (error) {
    if (grpcStatus(error) !== GRPC_STATUS.NOT_FOUND) throw error;
    const [activityId] = request.activityIds ?? [];
    const target = activityId === undefined ? 'Workflow' : `Activity "${activityId}" of workflow`;
    outcome.cancelError = `${target} "${request.workflowId}" closed meanwhile`;
  }
}

/** Records the target's state in the outcome. Returns whether its activity is still pending. */
async function noteState(server: TemporalServer, outcome: CancelOutcome): Promise<boolean> {
  const { workflowId = '', runId, activityId } = outcome;
  const description = await findRun(server, { workflowId, runId });
  if (!description) return false;
  outcome.status = statusOf(description);
  if (activityId === undefined) return false;
  const isPending =
    isOpen(description) && (description.pendingActivities ?? []).some((pending) => pending.activityId === activityId);
  outcome.unreached = isPending ? [activityId] : [];
  return isPending;
}
