import { monotonicMs } from '../../process/clock';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReaperLog } from '../../tracking/reaper-protocol';
import { ThreadChannel, type ThreadEvents } from './thread-channel';
import type { ReadyReaper, ThreadData } from './thread-protocol';

const FIRST_RESTART_MS = 50;
const LAST_RESTART_MS = 30_000;
/** A thread that lived this long counts as a successful start. */
const LASTING_MS = 60_000;
/** Attempts wait this long for a replacement thread. */
const GIVE_UP_MS = 10_000;

/** Receives the events of a kept thread. */
export interface KeeperEvents extends Omit<ThreadEvents, 'onCrash'> {
  /** A thread is ready, the first or a replacement; it has been told nothing yet. */
  onThread(channel: ThreadChannel, opened: ReadyReaper): void;
  /** The thread has ended, in order or by a crash. */
  onEnd(): void;
  /** A replacement thread has taken over. */
  onRestart(): void;
  /** No thread has come for a while; more tries follow. */
  onGiveUp(): void;
  log: ReaperLog;
}

/** Keeps a reaper thread running: replaces one that crashes, with growing pauses while the new ones do not last. */
export class ThreadKeeper {
  /** Undefined while there is no thread to talk to. */
  channel: ThreadChannel | undefined;
  /** No thread has come for a while, or none has lasted: do not wait for one. */
  hasGivenUp = false;
  /** The thread started last. */
  private starting: ThreadChannel | undefined;
  private pauseMs = FIRST_RESTART_MS;
  private readonly stopped = new AbortController();

  /** @param data read again for each thread */
  constructor(
    private readonly data: ThreadData,
    private readonly events: KeeperEvents,
  ) {}

  get isStopped(): boolean {
    return this.stopped.signal.aborted;
  }

  /**
   * Starts a thread; resolves when its level is open.
   *
   * @returns false when it was stopped meanwhile
   * @throws ReaperError `CONTAINMENT_UNAVAILABLE`
   */
  async start(): Promise<boolean> {
    if (this.isStopped) return false;
    const onCrash = (error: Error): void =>
      this.events.log('ERROR', 'The reaper thread crashed', { error: String(error) });
    const { onMessage } = this.events;
    const channel = (this.starting = new ThreadChannel(this.data, { onMessage, onCrash }));
    const opened = await channel.ready;
    if (this.isStopped) return false;
    // The encloser on the main thread must suit the next thread too, so the level never changes silently.
    this.data.config.containment = opened.level;
    this.channel = channel;
    this.hasGivenUp = false;
    this.events.onThread(channel, opened);
    void channel.endIfStuck(() => this.events.log('ERROR', 'The reaper thread does not answer any more'));
    const startedAt = monotonicMs();
    void channel.ended.then(() => {
      this.events.onEnd();
      if (monotonicMs() - startedAt > LASTING_MS) this.pauseMs = FIRST_RESTART_MS;
      return this.replace();
    });
    return true;
  }

  /**
   * @param hasWork whether the thread has been given anything that it must end in order
   * @returns false when the thread does not end
   */
  async stop(hasWork: boolean): Promise<boolean> {
    this.stopped.abort();
    if (hasWork || !this.starting?.isLoading) return (await this.starting?.stop()) ?? true;
    await this.starting.terminate();
    return true;
  }

  private async replace(): Promise<void> {
    this.channel = undefined;
    const { signal } = this.stopped;
    const giveUp = setTimeout(() => this.giveUp(), GIVE_UP_MS).unref();
    while (!signal.aborted) {
      if (this.pauseMs > GIVE_UP_MS) this.giveUp();
      await sleep(this.pauseMs, undefined, { ref: false, signal }).catch(() => undefined); // aborted: the loop ends
      if (signal.aborted) break;
      this.pauseMs = Math.min(this.pauseMs * 2, LAST_RESTART_MS);
      try {
        if (await this.start()) {
          this.events.log('WARN', 'A new reaper thread has taken over');
          this.events.onRestart();
        }
        break;
      } catch (error) {
        this.events.log('ERROR', 'The reaper thread does not start', { error: String(error) });
      }
    }
    clearTimeout(giveUp);
  }

  private giveUp(): void {
    this.hasGivenUp = true;
    this.events.onGiveUp();
  }
}
