import type { KillReport } from '../contract/kill-report';
import type { AfterKill } from '../contract/host-requests';
import type { EncloserData, EnclosureRef } from '../process/containment/enclosure';
import type { Fence, Leftovers, OpenedAttempt, ReaperLink, ReaperNotices } from '../tracking/link';
import { Journal } from './journal';
import type { ThreadChannel } from './thread-channel';
import { type KeeperEvents, ThreadKeeper } from './thread-keeper';
import type { FromThread, ReaperCall, ThreadData } from './thread-protocol';

interface Waiting {
  call: ReaperCall;
  resolve: (value: KillReport) => void;
  reject: (error: Error) => void;
}

/** What the process is told of a thread that crashed: when another one knows what it knew, but for kills under way; or none does. */
export type CrashEvents = Pick<KeeperEvents, 'onRestart' | 'onGiveUp'>;

/**
 * The main thread's end of a reaper that runs on its own thread. Each thread is told what its predecessor knew, and whoever
 * waits for an answer gets it from the one that is there.
 */
export class ThreadLink implements ReaperLink {
  readonly isOnThread = true;
  /** What the level that the reaper has opened needs on this thread. */
  encloserData: EncloserData | undefined;
  /** Resolves when the reaper's task queues are polled. */
  serving: Promise<void> = Promise.resolve();
  private readonly keeper: ThreadKeeper;
  private readonly journal = new Journal();
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;

  private constructor(
    private readonly data: ThreadData,
    private readonly notices: ReaperNotices,
    events: CrashEvents,
  ) {
    this.keeper = new ThreadKeeper(data, {
      onNotice: (notice) => this.onNotice(notice),
      onReply: (reply) => this.onReply(reply),
      onThread: (channel, { encloserData }) => this.onThread(channel, encloserData),
      onRestart: () => events.onRestart(),
      onGiveUp: () => {
        this.rejectAll();
        events.onGiveUp();
      },
      log: notices.log,
    });
  }

  /**
   * Starts the thread; resolves when it tracks and can kill, before it has reached Temporal.
   *
   * @throws ReaperError `CONTAINMENT_UNAVAILABLE`; DataCloneError when the connection's options cannot be copied
   */
  static async start(data: ThreadData, notices: ReaperNotices, events: CrashEvents): Promise<ThreadLink> {
    const link = new ThreadLink(data, notices, events);
    await link.keeper.start();
    return link;
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
    this.keeper.channel?.post({ type: 'credentials', ...credentials });
  }

  async stop(): Promise<void> {
    await this.keeper.stop();
    this.rejectAll();
  }

  private tell(call: ReaperCall): void {
    this.journal.note(call);
    this.keeper.channel?.post({ type: 'call', call });
  }

  private ask(call: ReaperCall): Promise<KillReport> {
    if (this.keeper.isStopped) return Promise.reject(new Error('The reaper has stopped'));
    if (this.keeper.hasGivenUp) return Promise.reject(new Error('The reaper thread does not come back'));
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { call, resolve, reject });
      this.keeper.channel?.post({ type: 'call', call, id });
    });
  }

  private onThread(channel: ThreadChannel, encloserData: EncloserData | undefined): void {
    this.serving = channel.serving;
    this.encloserData = encloserData;
    for (const call of this.journal.calls()) channel.post({ type: 'call', call });
    for (const [id, { call }] of this.waiting) channel.post({ type: 'call', call, id });
  }

  private rejectAll(): void {
    for (const { reject } of this.waiting.values()) reject(new Error('The reaper thread has ended'));
    this.waiting.clear();
  }

  private onNotice(notice: (FromThread & { type: 'notice' })['notice']): void {
    if (notice.name === 'closed') this.journal.noteKilled(notice.args[0]);
    if (notice.name === 'killed') this.journal.noteKilled(notice.args[0]);
    // Its thread may crash and leave it behind.
    if (notice.name === 'guardianStarted') [this.data.config.formerGuardian] = notice.args;
    (this.notices[notice.name] as (...args: unknown[]) => void)(...notice.args);
  }

  private onReply({ id, value, error }: FromThread & { type: 'reply' }): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiting?.resolve(value as KillReport);
    else waiting?.reject(new Error(error));
  }
}
