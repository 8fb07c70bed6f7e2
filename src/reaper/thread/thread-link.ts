import type { KillReport } from '../../contract/kill-report';
import type { Encloser } from '../../process/containment/enclosure';
import type {
  ReaperCommand,
  ReaperLink,
  ReaperNotice,
  ReaperNotices,
  ReaperRequest,
} from '../../tracking/reaper-protocol';
import { ReplayLog } from './replay-log';
import { type SharedThread, type ThreadMember, threadOf } from './shared-thread';
import type { FromReaper, ReaperData } from './thread-protocol';

interface Waiting {
  request: ReaperRequest;
  resolve: (value: KillReport | undefined) => void;
  reject: (error: Error) => void;
}

/** After a crash: `onRestart` when a new thread knows all that the old one knew but its kills in progress; or `onGiveUp`. */
export type CrashEvents = Pick<ThreadMember, 'onRestart' | 'onGiveUp'>;

/**
 * The main thread's side of a reaper on the reaper thread. Each new thread is told what its predecessor knew, and answers
 * the questions that are still open.
 */
export class ThreadLink implements ReaperLink {
  readonly isOnThread = true;
  private readonly thread: SharedThread;
  private readonly number: number;
  private readonly replayLog = new ReplayLog();
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;
  private isStopped = false;

  private constructor(
    private readonly data: ReaperData,
    private readonly notices: ReaperNotices,
    events: CrashEvents,
  ) {
    this.thread = threadOf(data.config);
    this.number = this.thread.join({
      onThread: () => this.tellAll(),
      onMessage: (message) => this.onMessage(message),
      onRestart: () => events.onRestart(),
      onGiveUp: () => {
        this.rejectAll();
        events.onGiveUp();
      },
      log: notices.log,
    });
  }

  /**
   * Joins the thread of this process, or starts it; resolves when the level is open, before Temporal is reached.
   *
   * @throws ReaperError `CONTAINMENT_UNAVAILABLE`; DataCloneError when the connection's options cannot be copied
   */
  static async start(data: ReaperData, notices: ReaperNotices, events: CrashEvents): Promise<ThreadLink> {
    structuredClone(data.connection);
    const link = new ThreadLink(data, notices, events);
    const { thread } = link;
    if (thread.isThere) link.tellAll();
    try {
      await thread.started;
    } catch (error) {
      await link.stop();
      throw error;
    }
    return link;
  }

  /** The part of the containment level that runs on this thread. */
  get encloser(): Encloser | undefined {
    return this.thread.encloser;
  }

  tell(command: ReaperCommand): void {
    this.replayLog.note(command);
    this.thread.post(this.number, { type: 'tell', command });
  }

  ask(request: ReaperRequest): Promise<KillReport | undefined> {
    if (this.isStopped) return Promise.reject(new Error('The reaper has stopped'));
    if (this.thread.hasGivenUp) return Promise.reject(new Error('The reaper thread does not come back'));
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { request, resolve, reject });
      this.thread.post(this.number, { type: 'ask', request, id });
    });
  }

  /** Passes on what the user sets on the worker's own connection, for instance a rotated API key. */
  setCredentials(credentials: { apiKey?: string; metadata?: Record<string, string> }): void {
    Object.assign(this.data.connection, credentials); // for a later thread
    this.thread.post(this.number, { type: 'credentials', ...credentials });
  }

  /** Called when an activity begins or the worker has started. Resolves when activities may begin. */
  begin(): Promise<void> {
    return this.thread.begin();
  }

  /** @returns true when that work of the thread is done; false when the thread no longer answers */
  whileItAnswers(work: Promise<unknown>): Promise<boolean> {
    return this.thread.whileItAnswers(work);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.thread.leave(this.number);
    this.rejectAll();
  }

  /** Tells a thread that knows nothing of this reaper everything. */
  private tellAll(): void {
    const say: SharedThread['post'] = (...message) => this.thread.post(...message);
    say(this.number, { type: 'serve', ...this.data });
    for (const command of this.replayLog.commands()) say(this.number, { type: 'tell', command });
    for (const [id, { request }] of this.waiting) say(this.number, { type: 'ask', request, id });
  }

  private rejectAll(): void {
    for (const { reject } of this.waiting.values()) reject(new Error('The reaper thread has ended'));
    this.waiting.clear();
  }

  private onMessage(message: FromReaper): void {
    if (message.type === 'notice') this.onNotice(message.notice);
    if (message.type === 'log') this.notices.log(...message.line);
    if (message.type === 'reply') this.onReply(message);
  }

  private onNotice(notice: ReaperNotice): void {
    if (notice.type === 'closed' || notice.type === 'killed') this.replayLog.noteKilled(notice.token);
    this.notices.notify(notice);
  }

  private onReply({ id, value, error }: FromReaper & { type: 'reply' }): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(error));
  }
}
