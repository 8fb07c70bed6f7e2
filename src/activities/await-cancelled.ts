import { Context } from '@temporalio/activity';
import type { ConnectionLike } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { AwaitCancelledRequest, AwaitCancelledResult } from '../contract/control-requests';
import { isOpen, statusOf } from '../contract/run-status';
import { type RunDescription, describeRun, pendingStateOf } from '../server/describe-run';

/** A workflow that has not reacted to its cancel within this time is assumed to ignore it. */
const REACTION_MS = 1_500;
/** How long Temporal may take to end activities after their kill; the kill itself has its own bounds. */
const END_MS = 15_000;
const TRIES = 3;
const RETRY_MS = 200;

function closeTimeOf(description: RunDescription): number | undefined {
  const closeTime = description.workflowExecutionInfo?.closeTime;
  return closeTime ? Number(closeTime.seconds) * 1000 + Math.floor((closeTime.nanos ?? 0) / 1e6) : undefined;
}

/** The retries of the activity are for a lost poll, and many. An error of the server ends it much sooner. */
async function severalTimes<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      const { message } = error as Error;
      if (tries === TRIES) throw ApplicationFailure.create({ message, nonRetryable: true, cause: error as Error });
      await Context.current().sleep(RETRY_MS * tries);
    }
  }
}

/**
 * Waits until a cancel has taken full effect: the run is closed, or no running activity has its cancel requested.
 * Activities that still run, for instance in a non-cancellable scope, are `unreached`. Returns at the latest 15 s after
 * the workflow interceptor's last kill.
 */
export async function awaitCancelled(
  connection: ConnectionLike,
  namespace: string,
  request: AwaitCancelledRequest,
): Promise<AwaitCancelledResult> {
  const startedAt = performance.now();
  let killedAt = startedAt;
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 1.5, 500)) {
    const description = await severalTimes(() => describeRun(connection, namespace, request));
    if (!description) return { status: 'GONE', unreached: [] };
    const status = statusOf(description);
    if (!isOpen(description)) return { status, closedAt: closeTimeOf(description), unreached: [] };

    const all = description.pendingActivities ?? [];
    // While the interceptor kills, its kill activities are pending and no activity has its cancel requested yet.
    const killing = all.some(({ activityType }) => activityType?.name === 'kill');
    const wanted = all.filter(({ activityId }) => request.activityIds?.includes(activityId ?? '') ?? true);
    const cancelling = wanted.some((activity) => pendingStateOf(activity) === 'cancel-requested');
    const now = performance.now();
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
