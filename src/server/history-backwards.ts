import type { ConnectionLike } from '@temporalio/client';
import type { AttemptRef } from '../contract/attempt-ref';
import { CALL_DEADLINE_MS } from './call-deadline';

type Service = ConnectionLike['workflowService'];
type HistoryPage = Awaited<ReturnType<Service['getWorkflowExecutionHistoryReverse']>>;
export type HistoryEvent = NonNullable<NonNullable<HistoryPage['history']>['events']>[number];

/** A history has 51,200 events at most; a page has up to 1,000. */
const PAGES = 60;

/** A run whose history is read. */
export type RunOfHistory = Pick<AttemptRef, 'namespace' | 'workflowId' | 'runId'>;

/** The events of a run, latest first; each page is one call. */
export async function* historyBackwards(
  connection: ConnectionLike,
  { namespace, workflowId, runId }: RunOfHistory,
): AsyncGenerator<HistoryEvent> {
  let nextPageToken: Uint8Array | undefined;
  for (let page = 0; page < PAGES; page++) {
    const request = { namespace, execution: { workflowId, runId }, maximumPageSize: 1_000, nextPageToken };
    const answer: HistoryPage = await connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () =>
      connection.workflowService.getWorkflowExecutionHistoryReverse(request),
    );
    yield* answer.history?.events ?? [];
    if (!answer.nextPageToken?.length) return;
    nextPageToken = answer.nextPageToken;
  }
}
