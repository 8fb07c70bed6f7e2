import type { ConnectionLike } from '@temporalio/client';
import type { AttemptRef } from '../../contract/attempt-ref';
import { pollHistory } from '../../server/poll-run';
import { type LongPoll, type PollNews, SERVER_BUFFER_MS } from './long-poll';
import { WakeBudget } from './wake-budget';

/** `temporal.api.enums.v1.EventType` of a run's last event: completed, failed, timed out, cancelled, terminated, continued. */
const CLOSING = new Set([2, 3, 4, 21, 27, 28]);
/** Event types of an activity's end, of its cancel request, and of a run's cancel request. */
const TELLING = new Set([12, 13, 14, 15, 16, 20]);

/**
 * Follows a run's history from its current end without reading the existing events: a poll for the close event returns a
 * token that also works for a poll for all events. A busy run is polled only for its close.
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

  async next(holdMs: number): Promise<PollNews> {
    const { token } = this;
    // Only to learn where the history ends. If the server has not answered that at once before, poll for the close event.
    const isPlacing = !token && this.wakes.hasSome && !this.hasFailed;
    const from = { token, withinMs: (isPlacing ? 0 : holdMs) + SERVER_BUFFER_MS };
    const { types, token: next } = await pollHistory(this.connection, this.attempt, token ? 'all' : 'close', from);
    this.hasFailed = false;
    if (types.some((type) => CLOSING.has(type))) return 'closed';
    if (types.length > 0 || isPlacing) this.wakes.spend();
    this.token = this.wakes.hasSome ? next : undefined;
    if (!next || (!token && this.token)) return 'news';
    return types.some((type) => TELLING.has(type)) ? 'news' : 'nothing';
  }

  reset(): void {
    this.token = undefined;
    this.hasFailed = true;
  }
}
