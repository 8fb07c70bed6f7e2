import type { KillReport } from '../contract/kill-report';
import type { AfterKill } from '../contract/host-requests';
import type { Encloser, EnclosureRef } from '../process/containment/enclosure';
import type { Fence, Leftovers, OpenedAttempt, ReaperLink, ReaperNotices } from '../tracking/link';
import { Journal } from './journal';
import { type SharedThread, type ThreadMember, threadOf } from './shared-thread';
import type { FromReaper, ReaperCall, ReaperData } from './thread-protocol';

interface Waiting {
  call: ReaperCall;
  resolve: (value: KillReport) => void;
  reject: (error: Error) => void;
}

/** What the process is told of a thread that crashed: when another one knows what it knew, but for kills under way; or none does. */
export type CrashEvents = Pick<ThreadMember, 'onRestart' | 'onGiveUp'>;

/**
 * The main thread's end of a reaper on the reaper thread. Each thread is told what its predecessor knew, and whoever
 * waits for an answer gets it from the one that is there.
 */
export class ThreadLink implements ReaperLink {
  readonly isOnThread = true;
  private readonly thread: SharedThread;
  private readonly number: number;
  private readonly journal = new Journal();
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
   * Joins the process's thread, or starts it; resolves when the level is open, before Temporal is reached.
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

  /** What the level that is open does on this thread. */
  get encloser(): Encloser | undefined {
    return this.thread.encloser;
  }

  open(opened: OpenedAttempt): void {
    this.tell({ name: 'open', args: [opened] });
  }

  async fence(fence: Fence): Promise<void> {
    await this.ask({ name: 'fence', args: [fence] });
  }

  enclosed(token: string, ref: EnclosureRef): void {
    this.tell({ name: 'enclosed', args: [token, ref] });
  }

  processStarted(token: string, pid: number, leadsGroup: boolean, isEnclosed: boolean): void {
    this.tell({ name: 'processStarted', args: [token, pid, leadsGroup, isEnclosed] });
  }

  cleanupRegistered(token: string): void {
    this.tell({ name: 'cleanupRegistered', args: [token] });
  }

  markerHandedOut(token: string): void {
    this.tell({ name: 'markerHandedOut', args: [token] });
  }

  processExited(token: string, pid: number): void {
    this.tell({ name: 'processExited', args: [token, pid] });
  }

  syncStarted(token: string, sinceTicks: string, isEnclosed: boolean): void {
    this.tell({ name: 'syncStarted', args: [token, sinceTicks, isEnclosed] });
  }

  syncEnded(token: string): void {
    this.tell({ name: 'syncEnded', args: [token] });
  }

  kill(token: string, then: AfterKill, reason: string, graceMs?: number): Promise<KillReport> {
    return this.ask({ name: 'kill', args: [token, then, reason, graceMs] });
  }

  finish(token: string): Promise<KillReport> {
    return this.ask({ name: 'finish', args: [token] });
  }

  close(token: string, leftovers: Leftovers): void {
    this.tell({ name: 'close', args: [token, leftovers] });
  }

  async reportCancellation(token: string): Promise<void> {
    await this.ask({ name: 'reportCancellation', args: [token] });
  }

  /** Passes on what the user sets on the worker's own connection, for instance a rotated API key. */
  setCredentials(credentials: { apiKey?: string; metadata?: Record<string, string> }): void {
    Object.assign(this.data.connection, credentials); // for a thread yet to come
    this.thread.post(this.number, { type: 'credentials', ...credentials });
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.thread.leave(this.number);
    this.rejectAll();
  }

  private tell(call: ReaperCall): void {
    this.journal.note(call);
    this.thread.post(this.number, { type: 'call', call });
  }

  private ask(call: ReaperCall): Promise<KillReport> {
    if (this.isStopped) return Promise.reject(new Error('The reaper has stopped'));
    if (this.thread.hasGivenUp) return Promise.reject(new Error('The reaper thread does not come back'));
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { call, resolve, reject });
      this.thread.post(this.number, { type: 'call', call, id });
    });
  }

  /** Tells a thread that knows nothing of this reaper. */
  private tellAll(): void {
    const say: SharedThread['post'] = (...message) => this.thread.post(...message);
    say(this.number, { type: 'serve', ...this.data });
    for (const call of this.journal.calls()) say(this.number, { type: 'call', call });
    for (const [id, { call }] of this.waiting) say(this.number, { type: 'call', call, id });
  }

  private rejectAll(): void {
    for (const { reject } of this.waiting.values()) reject(new Error('The reaper thread has ended'));
    this.waiting.clear();
  }

  private onMessage(message: FromReaper): void {
    if (message.type === 'notice') this.onNotice(message.notice);
    if (message.type === 'reply') this.onReply(message);
  }

  private onNotice(notice: (FromReaper & { type: 'notice' })['notice']): void {
    if (notice.name === 'closed') this.journal.noteKilled(notice.args[0]);
    if (notice.name === 'killed') this.journal.noteKilled(notice.args[0]);
    (this.notices[notice.name] as (...args: unknown[]) => void)(...notice.args);
  }

  private onReply({ id, value, error }: FromReaper & { type: 'reply' }): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiting?.resolve(value as KillReport);
    else waiting?.reject(new Error(error));
  }
}
