import type { Encloser, EncloserData } from '../process/containment/enclosure';
import { openEncloser } from '../process/containment/open-encloser';
import { signalProcess } from '../process/signal';
import { systemTable } from '../process/system-table';
import type { ReaperNotices } from '../tracking/link';
import type { ProcessConfig } from './config';
import type { ThreadChannel } from './thread-channel';
import { ThreadKeeper } from './thread-keeper';
import type { FromReaper, ReadyReaper, ToReaper } from './thread-protocol';

/** How long a thread that was started early waits for its first reaper, in ms. */
const IDLE_MS = 10_000;

/** The main thread's end of one reaper of the thread. */
export interface ThreadMember {
  /** A thread is there, the first or another one, that knows nothing of this reaper yet. */
  onThread(): void;
  onMessage(message: FromReaper): void;
  /** Another thread has taken over. */
  onRestart(): void;
  /** None has come for a while. */
  onGiveUp(): void;
  log: ReaperNotices['log'];
}

/** By what their reapers cannot but share. */
const threads = new Map<string, SharedThread>();

/** The process's thread with that configuration; it starts now when there is none. */
export function threadOf(config: ProcessConfig): SharedThread {
  const { hostId, containment, guardian } = config;
  const key = JSON.stringify([hostId, containment, guardian]);
  const known = threads.get(key);
  if (known && !known.isOver) return known;
  const thread = new SharedThread(config, known?.ended);
  threads.set(key, thread);
  return thread;
}

/** The thread that the reapers of a process share, whichever connections they are on. */
export class SharedThread {
  /** Resolves when its level is open; rejects with ReaperError `CONTAINMENT_UNAVAILABLE`, or what else keeps it from starting. */
  readonly started: Promise<void>;
  /** Whether whoever comes now needs another one. */
  isOver = false;
  /** Resolves when it has ended, once it is stopped; undefined before. */
  ended: Promise<void> | undefined;
  /** What the level does on the main thread. */
  encloser: Encloser | undefined;
  private hasOpened = false;
  private wasTold = false;
  private readonly keeper: ThreadKeeper;
  private readonly config: ProcessConfig;
  private readonly members = new Map<number, ThreadMember>();
  /** Those that the thread is to say of that they have left. */
  private readonly leaving = new Map<number, () => void>();
  private nextNumber = 1;

  /** @param former the one before it: it takes back the level that this one opens */
  constructor(config: ProcessConfig, former: Promise<void> = Promise.resolve()) {
    // A reaper's own configuration has more, which is not the others'.
    const { hostId, workerPid, mark, containment, ownChildren, guardian, guardianEscalation, version } = config;
    const own = { hostId, workerPid, mark, containment, ownChildren, version };
    this.config = { ...own, guardian, guardianEscalation, formerGuardian: config.formerGuardian };
    this.keeper = new ThreadKeeper(
      { config: this.config },
      {
        onMessage: ({ reaper, ...message }) => this.onMessage(reaper, message),
        onThread: (_channel: ThreadChannel, { encloserData }: ReadyReaper) => {
          this.openEncloser(encloserData);
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
    this.started.catch(() => undefined); // whoever joins hears of it
    setTimeout(() => this.members.size === 0 && void this.stop(), IDLE_MS).unref();
  }

  get hasGivenUp(): boolean {
    return this.keeper.hasGivenUp;
  }

  /** @returns its number; `onThread` is called at once when the thread is there */
  join(member: ThreadMember): number {
    const number = this.nextNumber++;
    this.members.set(number, member);
    return number;
  }

  get isThere(): boolean {
    return this.keeper.channel !== undefined;
  }

  /**
   * Says something to a reaper of the thread; nothing, while there is none.
   *
   * @throws DataCloneError when it cannot be copied to a thread
   */
  post(number: number, message: ToReaper): void {
    this.wasTold ||= message.type === 'call' && this.isThere;
    this.keeper.channel?.post({ ...message, reaper: number });
  }

  /** Ends a reaper; with the last one the thread ends. */
  async leave(number: number): Promise<void> {
    if (!this.members.has(number)) return;
    const isUnheard = !this.wasTold && this.members.size === 1;
    if (this.isThere && !isUnheard) {
      await new Promise<void>((resolve) => {
        this.leaving.set(number, resolve);
        this.post(number, { type: 'leave' });
      });
    }
    this.members.delete(number); // until now it may have had something to say
    if (this.members.size === 0) await this.stop();
  }

  private stop(): Promise<void> {
    this.isOver = true;
    return (this.ended ??= this.end());
  }

  private async end(): Promise<void> {
    await this.keeper.stop(this.wasTold);
    // A thread that was ended while it was loading has said no goodbye.
    const { formerGuardian } = this.config;
    if (!this.wasTold && formerGuardian) signalProcess(systemTable(), formerGuardian, 'SIGKILL');
    this.encloser?.stop?.();
  }

  /** Once: each thread opens the same level. */
  private openEncloser(data: EncloserData | undefined): void {
    if (this.hasOpened) return;
    this.hasOpened = true;
    this.encloser = openEncloser(data, (message) => this.log('WARN', message));
  }

  private onMessage(number: number, message: FromReaper): void {
    // A thread may crash and leave its guardian behind.
    if (message.type === 'notice' && message.notice.name === 'guardianStarted') {
      [this.config.formerGuardian] = message.notice.args;
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

  private log(...line: Parameters<ReaperNotices['log']>): void {
    const [first] = this.members.values();
    first?.log(...line);
  }
}
