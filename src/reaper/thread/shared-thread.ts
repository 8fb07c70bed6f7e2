import type { Encloser, EncloserData } from '../../process/containment/enclosure';
import { openEncloser } from '../../process/containment/open-encloser';
import { careForOrphans } from '../../process/containment/subreaper/main-thread-reaping';
import { signalProcess } from '../../process/kill/signal-process';
import { systemTable } from '../../process/table/system-table';
import { doneWithin } from '../../tracking/bounded';
import type { ReaperLog } from '../../tracking/reaper-protocol';
import type { ProcessConfig } from '../config';
import type { ThreadChannel } from './thread-channel';
import { ThreadKeeper } from './thread-keeper';
import type { FromReaper, ReadyReaper, ToReaper } from './thread-protocol';

/** How long a thread that was started early waits for its first reaper, in ms. */
const IDLE_MS = 10_000;
/** The longest wait for work of the thread while there is no thread, in ms: by then, none will come back. */
const NO_THREAD_MS = 10_000;
const STUCK =
  'The reaper thread does not end and is left behind: when this process ends, the guardian kills what the thread has not';

/** The main thread's side of one reaper of the thread. */
export interface ThreadMember {
  /** A thread is ready, the first or a replacement; it knows nothing of this reaper yet. */
  onThread(): void;
  onMessage(message: FromReaper): void;
  /** A replacement thread has taken over. */
  onRestart(): void;
  /** No replacement has come for a while. */
  onGiveUp(): void;
  log: ReaperLog;
}

/** Keyed by the options that the reapers of one thread must share. */
const threads = new Map<string, SharedThread>();

/** The thread of this process with that configuration; starts one if there is none. */
export function threadOf(config: ProcessConfig): SharedThread {
  const { hostId, containment, guardian } = config;
  const key = JSON.stringify([hostId, containment, guardian]);
  const known = threads.get(key);
  if (known && !known.isOver) return known;
  const thread = new SharedThread(config, known?.ended);
  threads.set(key, thread);
  return thread;
}

/** The thread that the reapers of a process share, whatever connections they use. */
export class SharedThread {
  /** Resolves when its level is open; rejects with ReaperError `CONTAINMENT_UNAVAILABLE` or another cause. */
  readonly started: Promise<void>;
  /** Whether new reapers need another thread. */
  isOver = false;
  /** Set when the thread is stopped; resolves when it has ended. */
  ended: Promise<void> | undefined;
  /** The part of the level that runs on the main thread. */
  encloser: Encloser | undefined;
  private orphanCare: { stop(): void } | undefined;
  private begun: Promise<void> | undefined;
  private hasOpened = false;
  /** Whether the thread has been given anything that it must end in order. */
  private hasWork = false;
  private readonly keeper: ThreadKeeper;
  private readonly config: ProcessConfig;
  private readonly members = new Map<number, ThreadMember>();
  /** Callbacks for reapers that the thread has yet to report as left. */
  private readonly leaving = new Map<number, () => void>();
  private nextNumber = 1;

  /** @param former the end of the thread before: it undoes the level that this thread opens again */
  constructor(config: ProcessConfig, former: Promise<void> = Promise.resolve()) {
    // Picked one by one: a reaper's own configuration has more fields, which the others do not share.
    const { hostId, workerPid, mark, containment, guardian, guardianEscalation, version } = config;
    const own = { hostId, workerPid, mark, containment, version };
    this.config = { ...own, guardian, guardianEscalation, formerGuardian: config.formerGuardian };
    this.keeper = new ThreadKeeper(
      { config: this.config },
      {
        onMessage: ({ reaper, ...message }) => this.onMessage(reaper, message),
        onThread: (channel: ThreadChannel, { encloserData }: ReadyReaper) => {
          this.openEncloser(encloserData);
          if (this.begun) void channel.begin();
          for (const member of this.members.values()) member.onThread();
        },
        onEnd: () => this.onEnd(),
        onRestart: () => this.members.forEach((member) => member.onRestart()),
        onGiveUp: () => this.members.forEach((member) => member.onGiveUp()),
        log: (...line) => this.log(...line),
      },
    );
    this.started = former
      .then(() => this.keeper.start())
      .then(
        () => undefined,
        (error: unknown) => {
          this.isOver = true;
          throw error;
        },
      );
    this.started.catch(() => undefined); // each reaper that joins awaits `started` and gets the error
    setTimeout(() => this.members.size === 0 && void this.stop(), IDLE_MS).unref();
  }

  /**
   * Called when an activity begins, or when a worker has started or is about to be busy: the thread starts everything that
   * it has put off. Resolves when activities may begin.
   */
  begin(): Promise<void> {
    return (this.begun ??= this.started.then(() => this.keeper.channel?.begin()));
  }

  get hasGivenUp(): boolean {
    return this.keeper.hasGivenUp;
  }

  /** @returns the reaper's number; `onThread` is called when a thread becomes ready */
  join(member: ThreadMember): number {
    const number = this.nextNumber++;
    this.members.set(number, member);
    return number;
  }

  get isThere(): boolean {
    return this.keeper.channel !== undefined;
  }

  /**
   * Sends a message to a reaper of the thread; drops it while there is no thread.
   *
   * @throws DataCloneError when the message cannot be copied to a thread
   */
  post(number: number, message: ToReaper): void {
    this.hasWork ||= this.isThere && isWork(message);
    this.keeper.channel?.post({ ...message, reaper: number });
  }

  /** Stops a reaper; when the last one leaves, the thread ends. */
  async leave(number: number): Promise<void> {
    if (!this.members.has(number)) return;
    const isIdle = !this.hasWork && this.members.size === 1;
    if (this.isThere && !isIdle) {
      const left = new Promise<void>((resolve) => this.leaving.set(number, resolve));
      this.post(number, { type: 'leave' });
      await this.whileItAnswers(left);
    }
    if (this.members.size === 1) await this.stop();
    this.members.delete(number); // last, because it may log until now
  }

  /**
   * Waits for work of the thread as long as the thread answers.
   *
   * @returns whether the work is done
   */
  async whileItAnswers(work: Promise<unknown>): Promise<boolean> {
    const { channel } = this.keeper;
    return channel ? channel.whileItAnswers(work) : doneWithin(NO_THREAD_MS, work);
  }

  private stop(): Promise<void> {
    this.isOver = true;
    return (this.ended ??= this.end());
  }

  private async end(): Promise<void> {
    if (!(await this.keeper.stop(this.hasWork))) this.log('ERROR', STUCK);
    // A thread that was terminated while loading has not dismissed its guardian.
    const { formerGuardian } = this.config;
    if (!this.hasWork && formerGuardian) signalProcess(systemTable(), formerGuardian, 'SIGKILL');
    this.encloser?.stop?.();
    this.orphanCare?.stop();
  }

  /** Runs once: each thread opens the same level. */
  private openEncloser(data: EncloserData | undefined): void {
    if (this.hasOpened) return;
    this.hasOpened = true;
    this.encloser = openEncloser(data, (message) => this.log('WARN', message));
    this.orphanCare = careForOrphans(this.config.mark);
  }

  private onMessage(number: number, message: FromReaper): void {
    // If this thread crashes, its guardian is left behind.
    if (message.type === 'notice' && message.notice.type === 'guardianStarted') {
      this.config.formerGuardian = message.notice.guardian;
    }
    if (message.type !== 'left') return this.members.get(number)?.onMessage(message);
    this.leaving.get(number)?.();
    this.leaving.delete(number);
  }

  private onEnd(): void {
    for (const resolve of this.leaving.values()) resolve();
    this.leaving.clear();
    if (this.members.size === 0) void this.stop();
  }

  private log(...line: Parameters<ReaperLog>): void {
    const [first] = this.members.values();
    first?.log(...line);
  }
}

/** An attempt that starts nothing leaves nothing to end, killed or not. */
function isWork(message: ToReaper): boolean {
  if (message.type === 'tell') return !['open', 'escalation', 'close'].includes(message.command.type);
  return message.type === 'ask' && !['kill', 'finish'].includes(message.request.type);
}
