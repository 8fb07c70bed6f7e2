import { noopMetricMeter } from '@temporalio/common';
import { Runtime, type Worker } from '@temporalio/worker';
import { ReaperError } from '../contract/errors';
import type { Escalation } from '../contract/escalation';
import type { ActivityTracking } from '../interceptors/activity-inbound';
import { markedHost } from '../process/host-id';
import { ownStartTicks } from '../process/identity';
import { version } from '../process/package-version';
import type { WorkerMark } from '../process/marker';
import type { ProcessConfig, ReaperConnectionOptions } from '../reaper/config';
import { threadOf } from '../reaper/shared-thread';
import { type OpenReaper, openInline, openOnThread } from '../reaper/open-reaper';
import { ownChildren } from '../process/subreaper/tagger';
import { Attempts } from '../tracking/attempts';
import { neverTracks } from '../tracking/never-track';
import { setOutside } from '../tracking/outside';
import { installSpawnHook } from '../tracking/spawn-hooks';
import { installSyncHooks } from '../tracking/sync-hooks';
import { forwardCredentials } from './credentials';
import { holdSignals } from './hold-signals';
import { ReaperMetrics } from './metrics';
import type { ResolvedOptions } from './options';
import type { UserWorker } from './user-worker';

/** Those whose Workers run now. */
const running = new Set<WorkerReaper>();

/** Whether one that runs in this process does not go with those options: all share a host, a level and a guardian. */
export function isContrary(options: ResolvedOptions): boolean {
  return [...running].some((other) =>
    (['hostId', 'containment', 'guardian'] as const).some((name) => other.options[name] !== options[name]),
  );
}

function markOf({ hostId }: ResolvedOptions): WorkerMark {
  return { hostId: markedHost(hostId), workerPid: process.pid, workerStartTicks: ownStartTicks() };
}

function processConfigOf(options: ResolvedOptions): ProcessConfig {
  const { hostId, containment, guardian, escalation } = options;
  const shared = { mark: markOf(options), ownChildren: ownChildren().memory, version };
  return { hostId, workerPid: process.pid, containment, guardian, guardianEscalation: escalation, ...shared };
}

/** Opens the level before the first Worker runs: its first activity then waits for nothing. */
export function prepareThread(options: ResolvedOptions): void {
  if (!isContrary(options)) threadOf(processConfigOf(options));
}

/** The one reaper of this process for a namespace on a connection, shared by the Workers there. */
export class WorkerReaper {
  private readonly attempts: Attempts;
  private opened: Promise<OpenReaper> | undefined;
  private users = 0;
  /** Of the Workers: asking for the current one after its end would make another. */
  private runtime: Runtime | undefined;
  private stopForwarding: (() => void) | undefined;
  private releaseSignals: (() => void) | undefined;
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
    running.add(this);
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
    const { encloser } = reaper;
    // From here on what belongs to no attempt starts enclosed too.
    if (encloser?.outside) setOutside(encloser.outside);
    return {
      mark: markOf(options),
      link: reaper.link,
      attempts,
      ownSession: options.ownSession,
      encloser,
      leftovers: options.leftovers,
      fence: options.fence,
      neverTracks: neverTracks(options.neverTrack),
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

  /** Whether a cancel is on its way to an attempt of that Worker. */
  isCancelling(worker: UserWorker): boolean {
    return this.attempts.isCancelling(worker);
  }

  /** Kills what a Worker that has ended left open. */
  async killAllOf(worker: UserWorker): Promise<void> {
    const reaper = await this.opened?.catch(() => undefined); // then nothing was ever tracked
    if (reaper) await this.attempts.killAllOf(worker, reaper.link);
  }

  /** Leaves the reaper; the last one kills what is still there and stops it. */
  async release(): Promise<void> {
    this.users -= 1;
    if (this.users > 0 || !this.opened) return;
    const opened = this.opened;
    this.opened = undefined;
    this.tracking = undefined;
    this.isOver = true;
    running.delete(this);
    this.releaseSignals?.();
    this.stopForwarding?.();
    const reaper = await opened.catch(() => undefined); // then there is nothing to stop
    if (!reaper) return;
    await reaper.stop();
  }

  private async start(worker: Worker, connection: ReaperConnectionOptions | undefined): Promise<OpenReaper> {
    installSpawnHook();
    installSyncHooks();
    this.releaseSignals = holdSignals(Runtime.instance().options.shutdownSignals);
    const { options, namespace, attempts } = this;
    const { control, watchIntervalMs, watchesEveryActivity, escalation } = options;
    const own = { namespace, control, watchIntervalMs, watchesEveryActivity, escalation };
    const config = { ...processConfigOf(options), ...own };
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
