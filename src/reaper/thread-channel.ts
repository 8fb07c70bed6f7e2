import { Worker } from 'node:worker_threads';
import { type ErrorCode, ReaperError } from '../contract/errors';
import type { FromReaper, FromThread, ReadyReaper, ThreadData, ToThread } from './thread-protocol';

/** Who hears what a thread says. */
export interface ThreadEvents {
  onMessage(message: FromReaper & { reaper: number }): void;
  onCrash(error: Error): void;
}

/** One reaper thread, from its start to its end. */
export class ThreadChannel {
  /** Resolves when its level is open; rejects when it cannot start. */
  readonly ready: Promise<ReadyReaper>;
  /** Resolves when it has ended, also when it crashed. */
  readonly ended: Promise<void>;
  private readonly thread: Worker;
  private hasOpened = false;
  private hasLoaded = false;

  constructor(data: ThreadData, events: ThreadEvents) {
    // Loading fills the young generation once, and it would stay that large.
    const resourceLimits = { maxYoungGenerationSizeMb: 6 };
    const options = { workerData: data, name: 'temporal-reaper', resourceLimits };
    const thread = new Worker(require.resolve('./thread'), options);
    this.thread = thread;
    this.ended = new Promise((resolve) => thread.once('exit', () => resolve()));
    this.ready = new Promise((resolve, reject) => {
      thread.on('message', (message: FromThread) => {
        switch (message.type) {
          case 'ready':
            this.hasOpened = true;
            return resolve(message);
          case 'loaded':
            this.hasLoaded = true;
            return;
          case 'failed':
            return reject(new ReaperError((message.code ?? 'CONTAINMENT_UNAVAILABLE') as ErrorCode, message.message));
          case 'notice':
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
    this.ready.catch(() => undefined); // its end is enough for whoever does not start it
    // It must not keep a process alive whose own work is done.
    thread.unref();
  }

  /** @throws DataCloneError when the message cannot be copied to a thread */
  post(message: ToThread): void {
    this.thread.postMessage(message);
  }

  /** Whether its level is open, and it does nothing yet but load code. */
  get isLoading(): boolean {
    return this.hasOpened && !this.hasLoaded;
  }

  /** Ends it as it is. */
  async terminate(): Promise<void> {
    await this.thread.terminate();
  }

  async stop(): Promise<void> {
    this.post({ type: 'stop' });
    // Until its Workers have drained: an unref'ed thread would be cut off when nothing else is left to do.
    this.thread.ref();
    await this.ended;
  }
}
