import type { ConnectionLike } from '@temporalio/client';
import type { AttemptRef } from '../../contract/attempt-ref';
import { pollStandalone } from '../../server/poll-run';
import { type LongPoll, type PollNews, SERVER_BUFFER_MS } from './long-poll';

/** Follows the state of a standalone activity. */
export class StandalonePoll implements LongPoll {
  private token: Uint8Array | undefined;

  constructor(
    private readonly connection: ConnectionLike,
    private readonly attempt: AttemptRef,
  ) {}

  get isUpToDate(): boolean {
    return this.token !== undefined;
  }

  async next(holdMs: number): Promise<PollNews> {
    const from = { token: this.token, withinMs: holdMs + SERVER_BUFFER_MS };
    const { hasNews, token } = await pollStandalone(this.connection, this.attempt, from);
    if (token || hasNews) this.token = token;
    return hasNews ? 'news' : 'nothing';
  }

  reset(): void {
    this.token = undefined;
  }
}
