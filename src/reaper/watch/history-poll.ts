import type { ConnectionLike } from '@temporalio/client';
import type { AttemptRef } from '../../contract/attempt-ref';
import { type LongPoll, type News, SERVER_BUFFER_MS } from './long-poll';
import { WakeBudget } from './wake-budget';

/** `temporal.api.enums.v1.HistoryEventFilterType`. */
const ALL_EVENTS = 1;
const CLOSE_EVENT = 2;

/** `temporal.api.enums.v1.EventType` of a run's last event: completed, failed, timed out, cancelled, terminated, continued. */
const CLOSING = new Set([2, 3, 4, 21, 27, 28]);
/** Of an activity's end by anybody and of its cancel request, and of a run's cancel request. */
const TELLING = new Set([12, 13, 14, 15, 16, 20]);

const PAGE_SIZE = 100;

/**
 * Follows a run's history from its present end, without reading what is there already: the answer of a poll for the close
 * alone has a token that a poll for all events takes. A run that is busy is polled for its close alone.
 */
export class HistoryPoll implements LongPoll {
  private token: Uint8Array | undefined;
  private hasFailed = false;
  private readonly wakes = new WakeBudget();

  constructor(
    private readonly connection: ConnectionLike,
    private readonly attempt: AttemptRef,
  ) {}

  get isUpToDate(): boolean {
    return this.token !== undefined;
  }

  async next(holdMs: number): Promise<News> {
    const { token } = this;
    // Only to learn where the history ends; a server that has not answered that at once is asked for the close.
    const isPlacing = !token && this.wakes.hasSome && !this.hasFailed;
    const { history, nextPageToken } = await this.ask(token, isPlacing ? 0 : holdMs);
    this.hasFailed = false;
    const types = (history?.events ?? []).map(({ eventType }) => Number(eventType));
    if (types.some((type) => CLOSING.has(type))) return 'closed';
    if (types.length > 0 || isPlacing) this.wakes.spend();
    const goesOn = nextPageToken && nextPageToken.length > 0;
    this.token = goesOn && this.wakes.hasSome ? nextPageToken : undefined;
    if (!goesOn || (!token && this.token)) return 'news';
    return types.some((type) => TELLING.has(type)) ? 'news' : 'nothing';
  }

  reset(): void {
    this.token = undefined;
    this.hasFailed = true;
  }

  private ask(
    token: Uint8Array | undefined,
    holdMs: number,
  ): ReturnType<ConnectionLike['workflowService']['getWorkflowExecutionHistory']> {
    const { namespace, workflowId, runId } = this.attempt;
    return this.connection.withDeadline(Date.now() + holdMs + SERVER_BUFFER_MS, () =>
      this.connection.workflowService.getWorkflowExecutionHistory({
        namespace,
        execution: { workflowId, runId },
        waitNewEvent: true,
        historyEventFilterType: token ? ALL_EVENTS : CLOSE_EVENT,
        nextPageToken: token,
        maximumPageSize: PAGE_SIZE,
      }),
    );
  }
}
