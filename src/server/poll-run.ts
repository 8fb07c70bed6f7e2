import type { ConnectionLike } from '@temporalio/client';
import type { AttemptRef } from '../contract/attempt-ref';

/** `temporal.api.enums.v1.HistoryEventFilterType`. */
const EVENT_FILTER = { all: 1, close: 2 } as const;
const PAGE_SIZE = 100;

/** Where a poll goes on, and how long it may take. */
export interface PollFrom {
  /** Of the answer before; undefined: none yet. */
  token: Uint8Array | undefined;
  /** In ms; the server holds the poll until something happens, or nearly so long. */
  withinMs: number;
}

/**
 * A long poll of a run's history.
 *
 * @returns the numbers of the new events' types (`temporal.api.enums.v1.EventType`), and where to go on; undefined: the run
 *   is closed, or the server wants no more polls of this kind
 */
export async function pollHistory(
  connection: ConnectionLike,
  { namespace, workflowId, runId }: AttemptRef,
  events: keyof typeof EVENT_FILTER,
  { token, withinMs }: PollFrom,
): Promise<{ types: number[]; token: Uint8Array | undefined }> {
  const { history, nextPageToken } = await connection.withDeadline(Date.now() + withinMs, () =>
    connection.workflowService.getWorkflowExecutionHistory({
      namespace,
      execution: { workflowId, runId },
      waitNewEvent: true,
      historyEventFilterType: EVENT_FILTER[events],
      nextPageToken: token,
      maximumPageSize: PAGE_SIZE,
    }),
  );
  return { types: (history?.events ?? []).map(({ eventType }) => Number(eventType)), token: someToken(nextPageToken) };
}

/**
 * A long poll of a standalone activity's state.
 *
 * @returns whether there are news, and where to go on
 */
export async function pollStandalone(
  connection: ConnectionLike,
  { namespace, activityId, runId }: AttemptRef,
  { token, withinMs }: PollFrom,
): Promise<{ hasNews: boolean; token: Uint8Array | undefined }> {
  const { info, longPollToken } = await connection.withDeadline(Date.now() + withinMs, () =>
    connection.workflowService.describeActivityExecution({ namespace, activityId, runId, longPollToken: token }),
  );
  // Without news the answer is empty.
  return { hasNews: Boolean(info), token: someToken(longPollToken) };
}

/** protobuf sends no token as an empty one. */
function someToken(token: Uint8Array | null | undefined): Uint8Array | undefined {
  return token && token.length > 0 ? token : undefined;
}
