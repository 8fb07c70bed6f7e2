import { log } from '@temporalio/activity';
import type { ConnectionLike } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { AttemptRef } from '../contract/attempt-ref';
import { requestCancel } from '../server/request-cancel';

/** Tells a run's workflow interceptor that the kills of these attempts are over; all belong to that run. */
export type OpenGates = (attempts: AttemptRef[]) => Promise<void>;

/** Each message costs the run a workflow task; a kill that ends within this time needs none. */
const TELL_EVERY_MS = 250;

/** Sends the signal that cancels activities. It only speeds a cancel up, so an error is logged and fails no kill. */
export function createOpenGates(connection: ConnectionLike, namespace: string, identity: string): OpenGates {
  return async (attempts) => {
    const [{ workflowId, runId }] = attempts;
    const activityIds = attempts.map(({ activityId }) => activityId);
    const request = { workflowId, runId, activityIds, reason: 'killed', how: 'cancel-activity' } as const;
    try {
      await requestCancel(connection, namespace, identity, request);
    } catch (error) {
      if (error instanceof ApplicationFailure && error.type === 'TARGET_CLOSED') return;
      log.warn('A cancel waits for the slowest kill of its run on this host', { error: String(error) });
    }
  };
}

/** Waits for all kills, and reports those that are over while others still run. */
export async function openAsTheyEnd(
  kills: { attempt: AttemptRef; over: Promise<unknown> }[],
  openGates: OpenGates,
): Promise<void> {
  const untold = new Set<AttemptRef>();
  let open = kills.length;
  const telling: Promise<void>[] = [];
  const timer = setInterval(() => {
    if (untold.size === 0 || open === 0) return;
    telling.push(openGates([...untold]));
    untold.clear();
  }, TELL_EVERY_MS);
  try {
    await Promise.all(
      kills.map(async ({ attempt, over }) => {
        await over;
        untold.add(attempt);
        open--;
      }),
    );
  } finally {
    clearInterval(timer);
    await Promise.all(telling);
  }
}
