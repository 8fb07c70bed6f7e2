import { setTimeout as sleep } from 'node:timers/promises';
import type { ReaperNotices } from '../tracking/link';
import { ThreadChannel, type ThreadEvents } from './thread-channel';
import type { ReadyReaper, ThreadData } from './thread-protocol';

const FIRST_RESTART_MS = 50;
const LAST_RESTART_MS = 30_000;
/** A thread that has lived so long was no false start. */
const LASTING_MS = 60_000;
/** Attempts wait this long for a reaper that does not come back. */
const GIVE_UP_MS = 10_000;

/** Who hears how a kept thread fares. */
export interface KeeperEvents extends Omit<ThreadEvents, 'onCrash'> {
  /** One is there, the first or another one, and has been told nothing yet. */
  onThread(channel: ThreadChannel, opened: ReadyReaper): void;
  /** It has ended, in order or by a crash. */
  onEnd(): void;
  /** Another one has taken over. */
  onRestart(): void;
  /** None has come for a while; more tries follow. */
  onGiveUp(): void;
  log: ReaperNotices['log'];
}

/** Keeps a reaper thread: one that crashes is replaced, less and less often when it does not last. */
export class ThreadKeeper {
  /** Undefined while there is no thread to talk to. */
  channel: ThreadChannel | undefined;
  /** No thread has come for a while, or none has lasted: nobody is to wait for one. */
  hasGivenUp = false;
  /** The latest. */
  private starting: ThreadChannel | undefined;
  private pauseMs = FIRST_RESTART_MS;
  private readonly stopped = new AbortController();

  /** @param data read afresh for each thread */
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
    const onCrash = (error: Error): void =>
      this.events.log('ERROR', 'The reaper thread crashed', { error: String(error) });
    const { onMessage } = this.events;
    const channel = (this.starting = new ThreadChannel(this.data, { onMessage, onCrash }));
    const opened = await channel.ready;
    if (this.isStopped) return false;
    // What encloses on the main thread must suit the next reaper too: it is never another level in silence.
    this.data.config.containment = opened.level;
    this.channel = channel;
    this.hasGivenUp = false;
    this.events.onThread(channel, opened);
    const startedAt = Date.now();
    void channel.ended.then(() => {
      this.events.onEnd();
      if (Date.now() - startedAt > LASTING_MS) this.pauseMs = FIRST_RESTART_MS;
      return this.replace();
    });
    return true;
  }

  /** @param hasWork whether the thread has been told of anything to end in order */
  async stop(hasWork: boolean): Promise<void> {
    this.stopped.abort();
    if (!hasWork && this.starting?.isLoading) await this.starting.terminate();
    else await this.starting?.stop();
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
