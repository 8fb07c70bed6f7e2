import type { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';

/** The words by which the SDK tells an activity of a cancel, and that its run or attempt is over. */
export type CancelWord = 'CANCELLED' | 'NOT_FOUND';

/**
 * Tells an activity of its end before the SDK knows of it. The SDK learns of a cancel by a heartbeat only, and after each one
 * it sends no other for 0.8 of the heartbeat timeout. So an activity that heartbeats often would hear of its cancel late.
 */
export class EarlyCancel {
  /** The SDK's own signal: only when this one is aborted does it report the attempt as cancelled. */
  readonly sdkSignal: AbortSignal;
  // Not AbortSignal.any: Node keeps such a signal, and all that its listeners hold, for ever.
  private readonly either = new AbortController();

  /** Makes the context's signal and promise follow both the SDK and {@link tell}. */
  constructor(context: Context) {
    this.sdkSignal = context.cancellationSignal;
    const { signal } = this.either;
    const cancelled = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    cancelled.catch(() => undefined); // most activities do not wait for it
    const follow = (): void => this.either.abort(this.sdkSignal.reason);
    if (this.sdkSignal.aborted) follow();
    else this.sdkSignal.addEventListener('abort', follow, { once: true });
    // The types are read-only to keep users from doing this.
    Object.assign(context, { cancellationSignal: signal, cancelled });
  }

  /** Whether the activity knows of a cancel that the SDK does not know of. */
  get isAhead(): boolean {
    return this.either.signal.aborted && !this.sdkSignal.aborted;
  }

  tell(word: CancelWord): void {
    if (!this.either.signal.aborted) this.either.abort(new CancelledFailure(word));
  }
}
