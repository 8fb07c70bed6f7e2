import { noopMetricMeter } from '@temporalio/common';
import { Runtime, type Worker } from '@temporalio/worker';
import { ReaperError } from '../contract/errors';
import type { Escalation } from '../contract/escalation';
import type { ActivityTracking } from '../interceptors/activity-inbound';
import type { Encloser } from '../process/containment/enclosure';
import { openEncloser } from '../process/containment/open-encloser';
import { markedHost } from '../process/host-id';
import { ownStartTicks } from '../process/identity';
import { version } from '../process/package-version';
import type { WorkerMark } from '../process/marker';
import type { ReaperConnectionOptions } from '../reaper/config';
import { type OpenReaper, openInline, openOnThread } from '../reaper/open-reaper';
import { ownChildren } from '../process/subreaper/tagger';
import { Attempts } from '../tracking/attempts';
import { setOutside } from '../tracking/outside';
import { installSpawnHook } from '../tracking/spawn-hooks';
import { installSyncHooks } from '../tracking/sync-hooks';
import { forwardCredentials } from './credentials';
import { holdSignals } from './hold-signals';
import { ReaperMetrics } from './metrics';
import type { ResolvedOptions } from './options';
import type { UserWorker } from './user-worker';

/** The one reaper of this process for a namespace on a connection, shared by the Workers there. */
export class WorkerReaper {
  private readonly attempts: Attempts;
  private opened: Promise<OpenReaper> | undefined;
  private users = 0;
  /** Of the Workers: asking for the current one after its end would make another. */
  private runtime: Runtime | undefined;
  private stopForwarding: (() => void) | undefined;
  private releaseSignals: (() => void) | undefined;
  /** What each reaper's level has put on this thread; null once that reaper is over. */
  private readonly enclosers = new WeakMap<OpenReaper, Encloser | null>();
  /** Settles when activities may begin; undefined while no Worker runs. */
  tracking: Promise<ActivityTracking> | undefined;

  constructor(
    readonly namespace: string,
    readonly options: ResolvedOptions,
  ) {
    const log: Attempts['log'] = (level, message, attributes) => {
      this.runtime?.logger.log(level, message, attributes);
    };
    this.attempts = new Attempts(log, new ReaperMetrics(namespace, () => this.runtime?.metricMeter ?? noopMetricMeter));
  }

  /** Whether its last Worker has ended: the next one may have other options. */
  isOver = false;

  /**
   * Starts the reaper, or joins it.
   *
   * @returns rejects with ReaperError `CONTAINMENT_UNAVAILABLE`
   */
  acquire(worker: Worker, connection: ReaperConnectionOptions | undefined): Promise<void> {
    this.users += 1;
    this.isOver = false;
    if (!this.opened) {
      this.runtime = Runtime.instance();
      const opened = (this.opened = this.start(worker, connection));
      this.tracking = opened.then((reaper) => this.track(reaper));
      this.tracking.catch(() => undefined); // whoever awaits `opened` hears of it
      const setCredentials: OpenReaper['setCredentials'] = (change) =>
        void opened.then((reaper) => reaper.setCredentials(change)).catch(() => undefined); // nobody is left to use them
      if (worker.connection) this.stopForwarding = forwardCredentials(worker.connection, { setCredentials });
    }
    return this.opened.then(() => undefined);
  }

  private track(reaper: OpenReaper): ActivityTracking {
    const { attempts, options } = this;
    return {
      mark: this.mark,
      link: reaper.link,
      attempts,
      ownSession: options.ownSession,
      encloser: this.openEncloser(reaper),
      leftovers: options.leftovers,
      fence: options.fence,
      escalationOf: (activityType) => options.escalations.get(activityType) ?? options.escalation,
    };
  }

  /** Every way of killing that an attempt may have. */
  get escalations(): Escalation[] {
    return [this.options.escalation, ...this.options.escalations.values()];
  }

  warn(message: string | undefined): void {
    if (message !== undefined) this.attempts.log('WARN', message);
  }

  /** Kills what a Worker that has ended left open. */
  async killAllOf(worker: UserWorker): Promise<void> {
    const reaper = await this.opened?.catch(() => undefined); // then nothing was ever tracked
    if (reaper) await this.attempts.killAllOf(worker, reaper.link);
  }

  /** From here on processes start enclosed, also those of no attempt. */
  private openEncloser(reaper: OpenReaper): Encloser | undefined {
    if (this.enclosers.has(reaper)) return undefined; // left before it was ready
    const encloser = openEncloser(reaper.encloserData, (message) => this.attempts.log('WARN', message));
    if (encloser) this.enclosers.set(reaper, encloser);
    if (encloser?.outside) setOutside(encloser.outside);
    return encloser;
  }

  /** Leaves the reaper; the last one kills what is still there and stops it. */
  async release(): Promise<void> {
    this.users -= 1;
    if (this.users > 0 || !this.opened) return;
    const opened = this.opened;
    this.opened = undefined;
    this.tracking = undefined;
    this.isOver = true;
    this.releaseSignals?.();
    this.stopForwarding?.();
    const reaper = await opened.catch(() => undefined); // then there is nothing to stop
    if (!reaper) return;
    await reaper.stop();
    this.enclosers.get(reaper)?.stop?.();
    this.enclosers.set(reaper, null);
  }

  private get mark(): WorkerMark {
    const { hostId } = this.options;
    return { hostId: markedHost(hostId), workerPid: process.pid, workerStartTicks: ownStartTicks() };
  }

  private async start(worker: Worker, connection: ReaperConnectionOptions | undefined): Promise<OpenReaper> {
    installSpawnHook();
    installSyncHooks();
    this.releaseSignals = holdSignals(Runtime.instance().options.shutdownSignals);
    const { options, namespace, attempts, mark } = this;
    const { hostId, containment, control, watchIntervalMs, guardian, escalation } = options;
    const own = { hostId, workerPid: process.pid, mark, namespace, version, ownChildren: ownChildren().memory };
    const config = { ...own, containment, control, watchIntervalMs, guardian, escalation };
    const inline = (why: string): Promise<OpenReaper> => {
      if (!worker.connection) throw new ReaperError('OPTION_INVALID', 'ReaperPlugin: this Worker has no connection');
      attempts.log('WARN', `temporal-reaper runs inline: while the main loop is blocked, nothing is killed. ${why}`);
      return openInline(config, worker.connection, attempts);
    };
    if (!connection) return inline('Give the plugin to NativeConnection.connect, or set its option connection');
    try {
      const reaper = await openOnThread(config, connection, attempts, {
        onRestart: () => attempts.killAgain(reaper.link),
        // Of a crashed reaper nobody hears how its kills ended; the attempts must end all the same.
        onGiveUp: () => attempts.abandon(),
      });
      return reaper;
    } catch (error) {
      if (error instanceof ReaperError && error.code === 'CONTAINMENT_UNAVAILABLE') throw error;
      return inline(`Its thread does not start: ${String(error)}`);
    }
  }
}
