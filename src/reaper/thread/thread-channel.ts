import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, ReaperError } from '../../contract/errors';
import { deferred } from '../../tracking/deferred';
import type { FromReaper, FromThread, ReadyReaper, ThreadData, ToThread } from './thread-protocol';

/** Stop waiting for a thread after this many unanswered pings, one each second. */
const UNANSWERED = 15;
const PING_MS = 1_000;
/** The same while it loads the SDK: it answers nothing meanwhile, and may get little of the processor. */
const UNANSWERED_LOADING = 60;
/** The pause between pings while nobody waits for the thread. */
const WATCH_PING_MS = 2_000;
/** How long a stuck thread may take to end when it is terminated, in ms. */
const TERMINATE_MS = 5_000;

/** Receives the messages of a thread. */
export interface ThreadEvents {
  onMessage(message: FromReaper & { reaper: number }): void;
  onCrash(error: Error): void;
}

/** The build bundles the thread's program; after a plain compile it is as many files as its source. */
function threadProgram(): string {
  const bundle = join(__dirname, 'thread.bundle.js');
  return existsSync(bundle) ? bundle : require.resolve('./thread');
}

/** One reaper thread, from its start to its end. */
export class ThreadChannel {
  /** Resolves when its level is open; rejects when it cannot start. */
  readonly ready: Promise<ReadyReaper>;
  /** Resolves when it has ended, even by a crash, or cannot be ended. */
  readonly ended: Promise<void>;
  private readonly giveUpThread: () => void;
  private readonly guarded = deferred<void>();
  private mayGuard = false;
  private readonly thread: Worker;
  private hasOpened = false;
  private hasLoaded = false;
  /** How many pings it has answered. */
  private answers = 0;

  constructor(data: ThreadData, events: ThreadEvents) {
    // Loading fills the young generation once; without a limit it would stay that large.
    const resourceLimits = { maxYoungGenerationSizeMb: 6 };
    const options = { workerData: data, name: 'temporal-reaper', resourceLimits };
    const thread = new Worker(threadProgram(), options);
    this.thread = thread;
    const ended = deferred<void>();
    thread.once('exit', () => ended.resolve());
    this.giveUpThread = () => ended.resolve();
    this.ended = ended.promise;
    this.ready = new Promise((resolve, reject) => {
      thread.on('message', (message: FromThread) => {
        switch (message.type) {
          case 'ready':
            this.hasOpened = true;
            return resolve(message);
          case 'guarded':
            return this.guarded.resolve();
          case 'loaded':
            this.hasLoaded = true;
            return;
          case 'pong':
            this.answers += 1;
            return;
          case 'failed':
            // Nobody waits for `ready` any more, so treat it as a crash.
            if (this.hasOpened) return events.onCrash(new Error(message.message));
            return reject(new ReaperError((message.code ?? 'CONTAINMENT_UNAVAILABLE') as ErrorCode, message.message));
          case 'notice':
          case 'log':
          case 'reply':
          case 'left':
            return events.onMessage(message);
        }
      });
      thread.on('error', (error) => {
        events.onCrash(error);
        reject(error);
      });
      void this.ended.then(() => reject(new Error('The reaper thread has ended')));
    });
    this.ready.catch(() => undefined); // a caller that only stops the thread does not await it
    // The thread must not keep a process alive whose own work is done.
    thread.unref();
  }

  /** @throws DataCloneError when the message cannot be copied to a thread */
  post(message: ToThread): void {
    this.mayGuard ||= message.type !== 'stop' && message.type !== 'ping';
    this.thread.postMessage(message);
  }

  /** Lets the thread start everything that it has put off. Resolves when activities may begin, or the thread has ended. */
  begin(): Promise<void> {
    this.post({ type: 'begin' });
    return Promise.race([this.guarded.promise, this.ended]);
  }

  /** Whether the level is open but the SDK is not loaded yet, so that the thread cannot have connected. */
  get isLoading(): boolean {
    return this.hasOpened && !this.hasLoaded;
  }

  /** Terminates the thread. Waits first until it has reported a guardian that it is starting. */
  async terminate(): Promise<void> {
    if (this.mayGuard) await Promise.race([this.guarded.promise, this.ended]);
    await this.thread.terminate();
  }

  /**
   * Waits for work of the thread as long as the thread answers: a kill may take hours, but a stuck thread never finishes.
   * Counts unanswered pings instead of time, because this process itself may have been stopped.
   *
   * @returns whether the work is done
   */
  whileItAnswers(work: Promise<unknown>): Promise<boolean> {
    return this.pingUntil(work, PING_MS, true, () => UNANSWERED);
  }

  private async pingUntil(work: Promise<unknown>, pingMs: number, ref: boolean, limit: () => number): Promise<boolean> {
    const over = new AbortController();
    // Once, and not with every ping: each reaction to a promise stays as long as that is pending.
    const end = (): void => over.abort();
    work.then(end, end);
    let [unanswered, answers] = [0, this.answers];
    while (unanswered < limit()) {
      this.post({ type: 'ping' });
      await sleep(pingMs, undefined, { ref, signal: over.signal }).catch(() => undefined); // aborted: the work is over
      if (over.signal.aborted) return work.then(() => true);
      unanswered = this.answers === answers ? unanswered + 1 : 0;
      answers = this.answers;
    }
    return false;
  }

  /**
   * Waits until the thread is stuck, then terminates it, so that it can be replaced as a crashed one is. The kernel may hold it
   * even so, for instance in a read of a dead network file system; then it counts as ended, and is not listened to any more.
   */
  async endIfStuck(onStuck: () => void): Promise<void> {
    const limit = (): number => (this.hasLoaded ? UNANSWERED : UNANSWERED_LOADING);
    if (await this.pingUntil(this.ended, WATCH_PING_MS, false, limit)) return;
    onStuck();
    void this.thread.terminate();
    this.thread.unref(); // terminate() made it hold this process
    await sleep(TERMINATE_MS, undefined, { ref: false });
    this.thread.removeAllListeners('message');
    this.giveUpThread();
  }

  /** @returns false when the thread does not end */
  async stop(): Promise<boolean> {
    this.post({ type: 'stop' });
    // Until its Workers have drained: an unref'ed thread would be cut off as soon as the process has nothing else to do.
    this.thread.ref();
    const hasEnded = await this.whileItAnswers(this.ended);
    this.thread.unref();
    return hasEnded;
  }
}
