import type { ConnectionLike } from '@temporalio/client';
import type { AttemptRef } from '../../contract/attempt-ref';
import { type LongPoll, type News, SERVER_BUFFER_MS } from './long-poll';

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

  async next(holdMs: number): Promise<News> {
    const { namespace, activityId, runId } = this.attempt;
    const { token } = this;
    const { info, longPollToken } = await this.connection.withDeadline(Date.now() + holdMs + SERVER_BUFFER_MS, () =>
      this.connection.workflowService.describeActivityExecution({ namespace, activityId, runId, longPollToken: token }),
    );
    if (longPollToken && longPollToken.length > 0) this.token = longPollToken;
    else if (info) this.token = undefined;
    // Without any news the answer is empty.
    return info ? 'news' : 'nothing';
  }

  reset(): void {
    this.token = undefined;
  }
}
