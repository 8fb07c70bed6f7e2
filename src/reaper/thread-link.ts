import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptRef } from '../contract/attempt-ref';
import type { KillReport } from '../contract/kill-report';
import type { AfterKill } from '../contract/host-requests';
import type { EncloserData, EnclosureRef } from '../process/containment/enclosure';
import type { Leftovers, OpenedAttempt, ReaperLink, ReaperNotices } from '../tracking/link';
import { Journal } from './journal';
import { ThreadChannel } from './thread-channel';
import type { FromThread, ReaperCall, ThreadData } from './thread-protocol';

const FIRST_RESTART_MS = 50;
const LAST_RESTART_MS = 30_000;
/** A thread that has lived so long was no false start. */
const LASTING_MS = 60_000;
/** Attempts wait this long for a reaper that does not come back. */
const GIVE_UP_MS = 10_000;

interface Waiting {
  call: ReaperCall;
  resolve: (value: KillReport) => void;
  reject: (error: Error) => void;
}

/** What the process is told of a thread that crashed. */
export interface CrashEvents {
  /** A new one knows what the old one knew, except for kills that were under way. */
  onRestart(): void;
  /** None has come for a while; nobody tells how kills end. More tries follow. */
  onGiveUp(): void;
}

/** The main thread's end of a reaper that runs on its own thread. A thread that crashes is replaced. */
export class ThreadLink implements ReaperLink {
  /** Undefined while there is no thread to talk to. */
  private channel: ThreadChannel | undefined;
  /** What the level that the reaper has opened needs on this thread. */
  encloserData: EncloserData | undefined;
  private readonly journal = new Journal();
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;
  /** No thread has lasted for a while: nobody is to wait for one. */
  private hasGivenUp = false;
  private pauseMs = FIRST_RESTART_MS;
  private readonly stopped = new AbortController();
  /** Resolves when the reaper's task queues are polled. */
  serving: Promise<void> = Promise.resolve();

  private constructor(
    private readonly data: ThreadData,
    private readonly notices: ReaperNotices,
    private readonly events: CrashEvents,
  ) {}

  /**
   * Starts the thread; resolves when it tracks and can kill, before it has reached Temporal.
   *
   * @throws ReaperError `CONTAINMENT_UNAVAILABLE`; DataCloneError when the connection's options cannot be copied
   */
  static async start(data: ThreadData, notices: ReaperNotices, events: CrashEvents): Promise<ThreadLink> {
    const link = new ThreadLink(data, notices, events);
    await link.connect();
    return link;
  }

  open(opened: OpenedAttempt): void {
    this.tell({ name: 'open', args: [opened] });
  }

  async fence(attempt: AttemptRef, reach: 'host' | 'cluster'): Promise<void> {
    await this.ask({ name: 'fence', args: [attempt, reach] });
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

  close(token: string, leftovers: Leftovers): void {
    this.tell({ name: 'close', args: [token, leftovers] });
  }

  async reportCancellation(token: string): Promise<void> {
    await this.ask({ name: 'reportCancellation', args: [token] });
  }

  /** Passes on what the user sets on the worker's own connection, for instance a rotated API key. */
  setCredentials(credentials: { apiKey?: string; metadata?: Record<string, string> }): void {
    Object.assign(this.data.connection, credentials); // for a thread yet to come
    this.channel?.post({ type: 'credentials', ...credentials });
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.channel?.stop();
    this.rejectAll();
  }

  private tell(call: ReaperCall): void {
    this.journal.note(call);
    this.channel?.post({ type: 'call', call });
  }

  private ask(call: ReaperCall): Promise<KillReport> {
    if (this.stopped.signal.aborted) return Promise.reject(new Error('The reaper has stopped'));
    if (this.hasGivenUp) return Promise.reject(new Error('The reaper thread does not come back'));
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { call, resolve, reject });
      this.channel?.post({ type: 'call', call, id });
    });
  }

  /** Starts a thread and tells it what its predecessor knew; whoever waits for an answer gets it from this one. */
  private async connect(): Promise<void> {
    const channel = new ThreadChannel(this.data, {
      onNotice: (notice) => this.onNotice(notice),
      onReply: (reply) => this.onReply(reply),
      onCrash: (error) => this.notices.log('ERROR', 'The reaper thread crashed', { error: String(error) }),
    });
    this.serving = channel.serving;
    const { encloserData, level } = await channel.ready;
    if (this.stopped.signal.aborted) return channel.stop(); // meanwhile
    this.encloserData = encloserData;
    // What encloses on this thread must suit the next reaper too: it is never another level in silence.
    this.data.config.containment = level;
    this.channel = channel;
    this.hasGivenUp = false;
    for (const call of this.journal.calls()) channel.post({ type: 'call', call });
    for (const [id, { call }] of this.waiting) channel.post({ type: 'call', call, id });
    const startedAt = Date.now();
    void channel.ended.then(() => {
      if (Date.now() - startedAt > LASTING_MS) this.pauseMs = FIRST_RESTART_MS;
      return this.replace();
    });
  }

  private async replace(): Promise<void> {
    this.channel = undefined;
    const { signal } = this.stopped;
    const giveUp = setTimeout(() => this.giveUp(), GIVE_UP_MS).unref();
    while (!signal.aborted) {
      if (this.pauseMs > GIVE_UP_MS) this.giveUp();
      await sleep(this.pauseMs, undefined, { ref: false, signal }).catch(() => undefined); // stopped: the loop ends
      if (signal.aborted) break;
      this.pauseMs = Math.min(this.pauseMs * 2, LAST_RESTART_MS);
      try {
        await this.connect();
        this.notices.log('WARN', 'A new reaper thread has taken over');
        this.events.onRestart();
        break;
      } catch (error) {
        this.notices.log('ERROR', 'The reaper thread does not start', { error: String(error) });
      }
    }
    clearTimeout(giveUp);
  }

  private giveUp(): void {
    this.hasGivenUp = true;
    this.rejectAll();
    this.events.onGiveUp();
  }

  private rejectAll(): void {
    for (const { reject } of this.waiting.values()) reject(new Error('The reaper thread has ended'));
    this.waiting.clear();
  }

  private onNotice(notice: (FromThread & { type: 'notice' })['notice']): void {
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
