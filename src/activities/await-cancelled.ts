import { Context } from '@temporalio/activity';
import type { ConnectionLike } from '@temporalio/client';
import type { AwaitCancelledRequest, AwaitCancelledResult } from '../contract/requests';
import { PENDING_STATE, describeRun, isOpen, statusOf } from './run-description';

/** A workflow that has shown no reaction to its cancel by then is taken to have decided to go on. */
const REACTION_MS = 1_500;

/**
 * Waits until a cancel has reached everything that it reaches: the run closed, or no activity is left that has its
 * cancel requested and still runs. What was never asked to cancel, for instance in a non-cancellable scope, is `unreached`.
 * Bounded by the caller's start-to-close timeout.
 */
export async function awaitCancelled(
  connection: ConnectionLike,
  namespace: string,
  request: AwaitCancelledRequest,
): Promise<AwaitCancelledResult> {
  const startedAt = Date.now();
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 1.5, 500)) {
    const description = await describeRun(connection, namespace, request);
    if (!description) return { status: 'GONE', unreached: [] };
    if (!isOpen(description)) {
      const closeTime = description.workflowExecutionInfo?.closeTime;
      const closedAt = closeTime && Number(closeTime.seconds) * 1000 + Math.floor((closeTime.nanos ?? 0) / 1e6);
      return { status: statusOf(description), closedAt: closedAt ?? undefined, unreached: [] };
    }
    const pending = (description.pendingActivities ?? []).filter(
      ({ activityId }) => !request.activityIds || request.activityIds.includes(activityId ?? ''),
    );
    const unreached = pending.filter(({ state }) => state !== PENDING_STATE.CANCEL_REQUESTED);
    const settled = pending.length === unreached.length && !description.pendingWorkflowTask;
    // While the interceptor kills, nothing is asked to cancel yet: its own kill activities are pending then.
    const killing = (description.pendingActivities ?? []).some(({ activityType }) => activityType?.name === 'kill');
    if (settled && !killing && (pending.length === 0 || Date.now() - startedAt > REACTION_MS)) {
      return { status: statusOf(description), unreached: unreached.map(({ activityId }) => activityId ?? '') };
    }
    Context.current().heartbeat();
    await Context.current().sleep(pauseMs);
  }
}
