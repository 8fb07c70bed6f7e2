import { Context } from '@temporalio/activity';
import type { ConnectionLike } from '@temporalio/client';
import type { AwaitCancelledRequest, AwaitCancelledResult } from '../contract/control-requests';
import { isOpen, statusOf } from '../contract/run-status';
import { type RunDescription, describeRun, pendingStateOf } from './run-description';

/** A workflow that has shown no reaction to its cancel by then is taken to have decided to go on. */
const REACTION_MS = 1_500;
/** How long Temporal may take to end what is killed; a kill under way has its own bounds. */
const END_MS = 15_000;

function closeTimeOf(description: RunDescription): number | undefined {
  const closeTime = description.workflowExecutionInfo?.closeTime;
  return closeTime ? Number(closeTime.seconds) * 1000 + Math.floor((closeTime.nanos ?? 0) / 1e6) : undefined;
}

/**
 * Waits until a cancel has reached everything that it reaches: the run closed, or no activity is left that has its
 * cancel requested and still runs. What goes on, for instance in a non-cancellable scope, is `unreached`.
 * Returns at the latest 15 s after the last kill of the workflow interceptor.
 */
export async function awaitCancelled(
  connection: ConnectionLike,
  namespace: string,
  request: AwaitCancelledRequest,
): Promise<AwaitCancelledResult> {
  const startedAt = Date.now();
  let killedAt = startedAt;
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 1.5, 500)) {
    const description = await describeRun(connection, namespace, request);
    if (!description) return { status: 'GONE', unreached: [] };
    const status = statusOf(description);
    if (!isOpen(description)) return { status, closedAt: closeTimeOf(description), unreached: [] };

    const all = description.pendingActivities ?? [];
    // While the interceptor kills, nothing is asked to cancel yet: its own kill activities are pending then.
    const killing = all.some(({ activityType }) => activityType?.name === 'kill');
    const wanted = all.filter(({ activityId }) => request.activityIds?.includes(activityId ?? '') ?? true);
    const cancelling = wanted.some((activity) => pendingStateOf(activity) === 'cancel-requested');
    const now = Date.now();
    if (killing) killedAt = now;
    const reacted = wanted.length === 0 || now - startedAt > REACTION_MS;
    const settled = !killing && !cancelling && !description.pendingWorkflowTask && reacted;
    if (settled || now - killedAt > END_MS) {
      return { status, unreached: wanted.map(({ activityId }) => activityId ?? '') };
    }
    Context.current().heartbeat();
    await Context.current().sleep(pauseMs);
  }
}
