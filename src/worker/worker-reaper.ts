import { setTimeout as sleep } from 'node:timers/promises';
import { Runtime, type Worker } from '@temporalio/worker';
import { ReaperError } from '../contract/errors';
import { formatIdentity } from '../contract/task-queues';
import type { ActivityTracking } from '../interceptors/activity-inbound';
import { markedHost } from '../process/host-id';
import { ownStartTicks } from '../process/identity';
import { version } from '../process/package-version';
import type { ReaperConnectionOptions } from '../reaper/config';
import { type OpenReaper, openInline, openOnThread } from '../reaper/open-reaper';
import { Attempts } from '../tracking/attempts';
import { installSpawnHook } from '../tracking/spawn-hooks';
import { installSyncHooks } from '../tracking/sync-hooks';
import type { ResolvedOptions } from './options';

/** How long a Worker waits for the reaper's task queues before it takes tasks. */
const SERVING_MS = 15_000;

/** The one reaper of this process for a namespace, shared by the Workers of the process. */
export class WorkerReaper {
  private readonly attempts = new Attempts((level, message, attributes) => {
    Runtime.instance().logger.log(level, message, attributes);
  });
  private opened: Promise<OpenReaper> | undefined;
  private users = 0;
  tracking: ActivityTracking | undefined;

  constructor(
    readonly namespace: string,
    readonly options: ResolvedOptions,
  ) {}

  /**
   * Starts the reaper, or joins it; resolves when its task queues are polled, or have not been for 15 s.
   *
   * @throws ReaperError `CONTAINMENT_UNAVAILABLE`
   */
  async acquire(worker: Worker, connection: ReaperConnectionOptions | undefined): Promise<OpenReaper> {
    this.users += 1;
    this.opened ??= this.start(worker, connection);
    const reaper = await this.opened.catch((error: unknown) => {
      this.users -= 1;
      this.opened = undefined;
      throw error;
    });
    const late = new AbortController();
    const served = await Promise.race([
      reaper.serving.then(() => true),
      sleep(SERVING_MS, false, { signal: late.signal, ref: false }),
    ]);
    late.abort();
    if (!served)
      this.attempts.log('WARN', 'The task queues of the reaper are not served yet', { waitedMs: SERVING_MS });
    return reaper;
  }

  /** Leaves the reaper; the last one kills what is still there and stops it. */
  async release(): Promise<void> {
    this.users -= 1;
    if (this.users > 0 || !this.opened) return;
    const opened = this.opened;
    this.opened = undefined;
    const reaper = await opened;
    await reaper.stop();
  }

  private async start(worker: Worker, connection: ReaperConnectionOptions | undefined): Promise<OpenReaper> {
    installSpawnHook();
    installSyncHooks();
    const { options, namespace, attempts } = this;
    const { hostId } = options;
    const workerPid = process.pid;
    const mark = { hostId: markedHost(hostId), workerPid, workerStartTicks: ownStartTicks() };
    const { containment, control, watchIntervalMs, guardian, escalation } = options;
    const config = {
      hostId,
      workerPid,
      mark,
      namespace,
      containment,
      control,
      watchIntervalMs,
      guardian,
      escalation,
      version,
    };
    let reaper: OpenReaper;
    if (connection) reaper = await openOnThread(config, connection, attempts);
    else {
      if (!worker.connection) throw new ReaperError('OPTION_INVALID', 'ReaperPlugin: this Worker has no connection');
      reaper = openInline(config, worker.connection, attempts);
      attempts.log(
        'WARN',
        'temporal-reaper runs inline: while the main loop is blocked, nothing is killed. Give the plugin to NativeConnection.connect, or set its option connection',
      );
    }
    // Of a crashed reaper nobody hears how its kills ended; the attempts must end all the same.
    void reaper.ended.then(() => attempts.abandon());
    this.tracking = {
      mark,
      link: reaper.link,
      attempts,
      ownSession: options.ownSession,
      leftovers: options.leftovers,
      fence: options.fence === 'host',
      escalationOf: (activityType) => options.escalations.get(activityType) ?? options.escalation,
    };
    return reaper;
  }
}

const reapers = new Map<string, WorkerReaper>();

/**
 * The process's reaper for a namespace.
 *
 * @throws ReaperError `PLUGIN_CONFLICT` when it exists with other options
 */
export function reaperOf(namespace: string, options: ResolvedOptions): WorkerReaper {
  const known = reapers.get(namespace);
  if (known && !sameOptions(known.options, options)) {
    throw new ReaperError(
      'PLUGIN_CONFLICT',
      `This process has a ReaperPlugin with other options for namespace "${namespace}": share one plugin object, or give both the same options`,
    );
  }
  const reaper = known ?? new WorkerReaper(namespace, options);
  reapers.set(namespace, reaper);
  return reaper;
}

function sameOptions(a: ResolvedOptions, b: ResolvedOptions): boolean {
  const plain = ({ connection: _, escalations, ...rest }: ResolvedOptions): string =>
    JSON.stringify([rest, [...escalations].sort()]);
  return plain(a) === plain(b);
}

/** The identity that tells everybody where this process's attempts run. */
export function identityOf(own: string | undefined, hostId: string): string {
  return formatIdentity(own, { hostId, workerPid: process.pid });
}
