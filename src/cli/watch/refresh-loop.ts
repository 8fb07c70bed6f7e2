import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** Takes what a {@link RefreshLoop} gets. */
export interface RefreshSink<T> {
  show(value: T): void;
  fail(error: unknown): void;
}

/** Whether the wait ended by itself, not by the abort of the signal. */
async function hasPassed(wait: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  await wait.catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return !signal.aborted;
}

/** Asks again and again, never twice at once: the next question comes an interval after the answer to the last. */
export class RefreshLoop<T> {
  private readonly resumed = new EventEmitter();
  private isPaused = false;
  private asking: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly ask: () => Promise<T>,
    private readonly intervalMs: number,
  ) {}

  /** While paused, it asks nothing, and drops the answer that is on its way. */
  pause(isPaused: boolean): void {
    this.isPaused = isPaused;
    if (!isPaused) this.resumed.emit('resumed');
  }

  /**
   * Goes on until the signal is aborted; then ends at once, whatever is being asked.
   *
   * @throws the error of the first question: a watch that never worked ends. Later errors go to the sink
   */
  async run(sink: RefreshSink<T>, signal: AbortSignal): Promise<void> {
    const end = aborted(signal);
    let hasAnswer = false;
    do {
      const answer = this.ask().then(
        (value) => () => sink.show(value),
        (error: unknown) => () => {
          if (!hasAnswer) throw error;
          sink.fail(error);
        },
      );
      this.asking = answer;
      const deliver = await Promise.race([answer, end]);
      if (!deliver) return;
      if (!this.isPaused || !hasAnswer) deliver();
      hasAnswer = true;
    } while (await this.isNext(signal));
  }

  /** Waits for the answer that is on its way, at most this long; returns whether it has come. */
  async settle(withinMs: number): Promise<boolean> {
    const stop = new AbortController();
    const { signal } = stop;
    const tooLate = hasPassed(sleep(withinMs, undefined, { signal }), signal);
    const hasCome = await Promise.race([this.asking.then(() => true), tooLate.then(() => false)]);
    stop.abort();
    return hasCome;
  }

  private async isNext(signal: AbortSignal): Promise<boolean> {
    let isNext = await hasPassed(sleep(this.intervalMs, undefined, { signal }), signal);
    while (isNext && this.isPaused) isNext = await hasPassed(once(this.resumed, 'resumed', { signal }), signal);
    return isNext;
  }
}

async function aborted(signal: AbortSignal): Promise<undefined> {
  if (!signal.aborted) await once(signal, 'abort');
  return undefined;
}
