import { Worker } from 'node:worker_threads';
import { type ErrorCode, ReaperError } from '../contract/errors';
import type { FromThread, ReadyReaper, ThreadData, ToThread } from './thread-protocol';

/** Who hears what a thread says. */
export interface ThreadEvents {
  onNotice(notice: (FromThread & { type: 'notice' })['notice']): void;
  onReply(reply: FromThread & { type: 'reply' }): void;
  onCrash(error: Error): void;
}

/** One reaper thread, from its start to its end. */
export class ThreadChannel {
  /** Resolves when it tracks and can kill; rejects when it cannot start. */
  readonly ready: Promise<ReadyReaper>;
  /** Resolves when its task queues are polled, or when it has ended. */
  readonly serving: Promise<void>;
  /** Resolves when it has ended, also when it crashed. */
  readonly ended: Promise<void>;
  private readonly thread: Worker;

  /** @throws DataCloneError when the connection's options cannot be copied to a thread */
  constructor(data: ThreadData, events: ThreadEvents) {
    // Loading fills the young generation once, and it would stay that large.
    const resourceLimits = { maxYoungGenerationSizeMb: 6 };
    const options = { workerData: data, name: 'temporal-reaper', resourceLimits };
    const thread = new Worker(require.resolve('./thread'), options);
    this.thread = thread;
    let served: () => void = () => undefined;
    this.serving = new Promise((resolve) => (served = resolve));
    this.ended = new Promise((resolve) => thread.once('exit', () => resolve()));
    this.ready = new Promise((resolve, reject) => {
      thread.on('message', (message: FromThread) => {
        switch (message.type) {
          case 'ready':
            return resolve(message);
          case 'serving':
            return served();
          case 'notice':
            return events.onNotice(message.notice);
          case 'reply':
            return events.onReply(message);
          case 'failed':
            return reject(new ReaperError((message.code ?? 'CONTAINMENT_UNAVAILABLE') as ErrorCode, message.message));
        }
      });
      thread.on('error', (error) => {
        events.onCrash(error);
        reject(error);
      });
      void this.ended.then(() => reject(new Error('The reaper thread has ended')));
    });
    this.ready.catch(() => undefined); // its end is enough for whoever does not start it
    void this.ended.then(() => served());
    // It must not keep a process alive whose own work is done.
    thread.unref();
  }

  post(message: ToThread): void {
    this.thread.postMessage(message);
  }

  async stop(): Promise<void> {
    this.post({ type: 'stop' });
    // Until its Workers have drained: an unref'ed thread would be cut off when nothing else is left to do.
    this.thread.ref();
    await this.ended;
  }
}
