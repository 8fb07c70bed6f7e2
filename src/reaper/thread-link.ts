import { Worker } from 'node:worker_threads';
import { type ErrorCode, ReaperError } from '../contract/errors';
import type { AttemptRef } from '../contract/attempt-ref';
import type { KillReport } from '../contract/kill-report';
import type { AfterKill } from '../contract/host-requests';
import type { Leftovers, OpenedAttempt, ReaperLink, ReaperNotices } from '../tracking/link';
import type { FromThread, ThreadData, ToThread } from './thread-protocol';

interface Waiting {
  resolve: (value: KillReport) => void;
  reject: (error: Error) => void;
}

/** The main thread's end of a reaper that runs on its own thread. */
export class ThreadLink implements ReaperLink {
  /** Resolves when the reaper's task queues are polled. */
  readonly serving: Promise<void>;
  /** Resolves when the thread has ended, also when it crashed. */
  readonly ended: Promise<void>;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;
  private dead = false;

  private constructor(
    private readonly thread: Worker,
    notices: ReaperNotices,
    ready: (error?: Error) => void,
  ) {
    let served: () => void = () => undefined;
    this.serving = new Promise((resolve) => (served = resolve));
    this.ended = new Promise((resolve) => thread.once('exit', () => resolve()));
    thread.on('message', (message: FromThread) => {
      switch (message.type) {
        case 'ready':
          return ready();
        case 'serving':
          return served();
        case 'notice':
          return (notices[message.notice.name] as (...args: unknown[]) => void)(...message.notice.args);
        case 'reply':
          return this.reply(message);
        case 'failed':
          return ready(new ReaperError((message.code ?? 'CONTAINMENT_UNAVAILABLE') as ErrorCode, message.message));
      }
    });
    thread.on('error', (error) => {
      notices.log('ERROR', 'The reaper thread crashed', { error: String(error) });
      ready(error);
    });
    void this.ended.then(() => {
      this.dead = true;
      served();
      for (const { reject } of this.waiting.values()) reject(new Error('The reaper thread has ended'));
      this.waiting.clear();
    });
    // It must not keep a process alive whose own work is done.
    thread.unref();
  }

  /**
   * Starts the thread; resolves when it tracks and can kill, before it has reached Temporal.
   *
   * @throws ReaperError `CONTAINMENT_UNAVAILABLE`; DataCloneError when the connection's options cannot be copied
   */
  static async start(data: ThreadData, notices: ReaperNotices): Promise<ThreadLink> {
    // Loading fills the young generation once, and it would stay that large.
    const resourceLimits = { maxYoungGenerationSizeMb: 6 };
    const options = { workerData: data, name: 'temporal-reaper', resourceLimits };
    const thread = new Worker(require.resolve('./thread'), options);
    return new Promise((resolve, reject) => {
      const link: ThreadLink = new ThreadLink(thread, notices, (error) => (error ? reject(error) : resolve(link)));
    });
  }

  open(opened: OpenedAttempt): void {
    this.call({ name: 'open', args: [opened] });
  }

  async fence(attempt: AttemptRef, reach: 'host' | 'cluster'): Promise<void> {
    await this.ask({ name: 'fence', args: [attempt, reach] });
  }

  processStarted(token: string, pid: number, leadsGroup: boolean): void {
    this.call({ name: 'processStarted', args: [token, pid, leadsGroup] });
  }

  cleanupRegistered(token: string): void {
    this.call({ name: 'cleanupRegistered', args: [token] });
  }

  markerHandedOut(token: string): void {
    this.call({ name: 'markerHandedOut', args: [token] });
  }

  processExited(token: string, pid: number): void {
    this.call({ name: 'processExited', args: [token, pid] });
  }

  syncStarted(token: string, sinceTicks: string): void {
    this.call({ name: 'syncStarted', args: [token, sinceTicks] });
  }

  syncEnded(token: string): void {
    this.call({ name: 'syncEnded', args: [token] });
  }

  kill(token: string, then: AfterKill, reason: string): Promise<KillReport> {
    return this.ask({ name: 'kill', args: [token, then, reason] });
  }

  close(token: string, leftovers: Leftovers): void {
    this.call({ name: 'close', args: [token, leftovers] });
  }

  async reportCancellation(token: string): Promise<void> {
    await this.ask({ name: 'reportCancellation', args: [token] });
  }

  /** Passes on what the user sets on the worker's own connection, for instance a rotated API key. */
  setCredentials(credentials: { apiKey?: string; metadata?: Record<string, string> }): void {
    this.post({ type: 'credentials', ...credentials });
  }

  async stop(): Promise<void> {
    this.post({ type: 'stop' });
    // Until its Workers have drained: an unref'ed thread would be cut off when nothing else is left to do.
    this.thread.ref();
    await this.ended;
  }

  private call(call: (ToThread & { type: 'call' })['call'], id?: number): void {
    this.post({ type: 'call', call, id });
  }

  private ask(call: (ToThread & { type: 'call' })['call']): Promise<KillReport> {
    if (this.dead) return Promise.reject(new Error('The reaper thread has ended'));
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.call(call, id);
    });
  }

  private post(message: ToThread): void {
    this.thread.postMessage(message);
  }

  private reply({ id, value, error }: FromThread & { type: 'reply' }): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiting?.resolve(value as KillReport);
    else waiting?.reject(new Error(error));
  }
}
