import { setTimeout as sleep } from 'node:timers/promises';
import { type MetricMeter, noopMetricMeter } from '@temporalio/common';
import { Runtime, type Worker } from '@temporalio/worker';
import type { AttemptRef } from '../contract/attempt-ref';
import { ReaperError } from '../contract/errors';
import type { Escalation } from '../contract/escalation';
import type { ActivityTracking } from '../tracking/attempt-run';
import type { ReaperConnectionOptions } from '../reaper/config';
import { type OpenReaper, openOnThread } from '../reaper/open-reaper';
import { OpenAttempts } from '../tracking/open-attempts';
import { neverTracks } from '../tracking/never-track-option';
import { installSpawnHook } from '../tracking/spawn-hooks';
import { installSyncHooks } from '../tracking/sync-hooks';
import { forwardCredentials } from './credentials';
import { holdSignals } from './hold-signals';
import { ReaperMetrics } from './metrics';
import type { ResolvedOptions } from './options';
import { markOf, processConfigOf } from './process-config';
import { type RunningReaper, noteEnded, noteRunning } from './running-reapers';
import type { UserWorker } from './user-worker';

/**
 * How long a reaper's thread postpones what it does not need before the first activity, in ms: a Worker that has just
 * started needs the processor itself.
 */
const BEGIN_MS = 250;

/** How long the kill of an attempt that has nothing to kill may take, in ms. */
const IDLE_KILL_MS = 1_000;

/** This process's only reaper for a namespace on a connection, shared by the Workers there. */
export class WorkerReaper implements RunningReaper {
  private readonly attempts: OpenAttempts;
  private opened: Promise<OpenReaper> | undefined;
  private isOpening = false;
  private users = 0;
  /** The Workers' Runtime, kept because `Runtime.instance()` would create a new one after its shutdown. */
  private runtime: Runtime | undefined;
  private stopForwarding: (() => void) | undefined;
  private releaseSignals: (() => void) | undefined;
  private begun: Promise<ActivityTracking> | undefined;
  private beginSoon: NodeJS.Timeout | undefined;

  constructor(
    readonly namespace: string,
    readonly options: ResolvedOptions,
  ) {
    const log: OpenAttempts['log'] = (level, message, attributes) => {
      this.runtime?.logger.log(level, message, attributes);
    };
    this.attempts = new OpenAttempts(log, new ReaperMetrics(namespace, () => this.meter));
  }

  /** Of the user's Runtime; a noop without telemetry. */
  private get meter(): MetricMeter {
    return this.runtime?.metricMeter ?? noopMetricMeter;
  }

  /** Whether its last Worker has ended; the next Worker may then have other options. */
  isOver = false;

  /**
   * Starts the reaper, or joins it if it already runs.
   *
   * @returns a promise that may reject with ReaperError `CONTAINMENT_UNAVAILABLE`
   */
  acquire(worker: Worker, connection: ReaperConnectionOptions | undefined): Promise<void> {
    this.users += 1;
    this.isOver = false;
    noteRunning(this);
    if (!this.opened) {
      this.runtime = Runtime.instance();
      this.isOpening = true;
      const opened = (this.opened = this.start(worker, connection));
      this.beginSoon = setTimeout(() => void this.begin(), BEGIN_MS).unref();
      const setCredentials: OpenReaper['setCredentials'] = (change) =>
        void opened.then((reaper) => reaper.setCredentials(change)).catch(() => undefined); // no reaper to pass them to
      if (worker.connection) this.stopForwarding = forwardCredentials(worker.connection, { setCredentials });
    }
    const over = (): void => void (this.isOpening = false);
    this.opened.then(over, over);
    return this.opened.then(() => undefined);
  }

  /** Called by each activity. The promise settles when the activity may begin; undefined while no Worker runs. */
  begin(): Promise<ActivityTracking> | undefined {
    if (!this.opened) return undefined;
    if (this.begun) return this.begun;
    this.begun = this.opened.then(async (reaper) => {
      await reaper.begin();
      return this.track(reaper);
    });
    this.begun.catch(() => undefined); // those who await `opened` get the error
    return this.begun;
  }

  private track(reaper: OpenReaper): ActivityTracking {
    const { attempts, options } = this;
    return {
      mark: markOf(options),
      link: reaper.link,
      attempts,
      ownSession: options.ownSession,
      encloser: reaper.encloser,
      leftovers: options.leftovers,
      fence: options.fence,
      neverTracks: neverTracks(options.neverTrack),
      escalationOf: (activityType) => options.escalations.get(activityType) ?? options.escalation,
    };
  }

  /** Every escalation that an attempt may have. */
  get escalations(): Escalation[] {
    return [this.options.escalation, ...this.options.escalations.values()];
  }

  warn(message: string | undefined): void {
    if (message !== undefined) this.attempts.log('WARN', message);
  }

  /** Kills the attempt if it is idle. Whether it is; undefined when this reaper does not hold it. */
  async killIdle(ref: AttemptRef): Promise<boolean | undefined> {
    const attempt = this.attempts.find(ref);
    if (!attempt?.scope.isIdle) return attempt && false;
    const killed = attempt.kill('cancel', 'its workflow cancels it');
    await Promise.race([killed, sleep(IDLE_KILL_MS, undefined, { ref: false })]);
    return attempt.scope.isIdle;
  }

  /** Whether a cancel is in progress for an attempt of that Worker. */
  isCancelling(worker: UserWorker): boolean {
    return this.attempts.isCancelling(worker);
  }

  /** Kills the attempts that a Worker left open when it ended. */
  async killAllOf(worker: UserWorker): Promise<void> {
    const reaper = await this.opened?.catch(() => undefined); // it never opened, so nothing was tracked
    await reaper?.whileItAnswers(this.attempts.killAllOf(worker));
  }

  /** Leaves the reaper. The last Worker to leave stops it, which kills what is left. */
  async release(): Promise<void> {
    this.users -= 1;
    if (this.users > 0 || !this.opened) return;
    const opened = this.opened;
    this.opened = undefined;
    this.begun = undefined;
    clearTimeout(this.beginSoon);
    this.isOver = true;
    noteEnded(this);
    this.releaseSignals?.();
    this.stopForwarding?.();
    const stopped = opened.then(
      (reaper) => reaper.stop(),
      () => undefined, // it never opened: nothing to stop
    );
    if (this.isOpening)
      this.warn('The reaper is still opening its containment level; the Worker ends without waiting for it');
    else await stopped;
  }

  private async start(worker: Worker, connection: ReaperConnectionOptions | undefined): Promise<OpenReaper> {
    installSpawnHook();
    installSyncHooks();
    this.releaseSignals = holdSignals(Runtime.instance().options.shutdownSignals);
    const { options, namespace, attempts } = this;
    const { control, watchIntervalMs, watchesEveryActivity, escalation } = options;
    const measuresUsage = this.meter !== noopMetricMeter;
    const own = { namespace, control, watchIntervalMs, watchesEveryActivity, escalation, measuresUsage };
    const config = { ...processConfigOf(options), ...own };
    const inline = async (why: string): Promise<OpenReaper> => {
      if (!worker.connection) throw new ReaperError('OPTION_INVALID', 'ReaperPlugin: this Worker has no connection');
      attempts.log('WARN', `temporal-reaper runs inline: while the main loop is blocked, nothing is killed. ${why}`);
      // Loaded on demand: it pulls in nearly the whole package, and this thread rarely needs it.
      const { openInline } = await import('../reaper/open-inline.js');
      return openInline(config, worker.connection, attempts);
    };
    if (!connection) return inline('Give the plugin to NativeConnection.connect, or set its option connection');
    try {
      const reaper = await openOnThread(config, connection, attempts, {
        onRestart: () => attempts.killAgain(),
        // A crashed reaper reports no kills any more, but its attempts must end all the same.
        onGiveUp: () => attempts.abandon(),
      });
      return reaper;
    } catch (error) {
      if (error instanceof ReaperError && error.code === 'CONTAINMENT_UNAVAILABLE') throw error;
      return inline(`The reaper's thread does not start: ${String(error)}`);
    }
  }
}
