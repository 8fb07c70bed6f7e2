import type {
  ActivityInterceptorsFactory,
  BundleOptions,
  BundlerPlugin,
  NativeConnectionOptions,
  NativeConnectionPlugin,
  ReplayWorkerOptions,
  Worker,
  WorkerOptions,
  WorkerPlugin,
} from '@temporalio/worker';
import { ReaperError } from '../contract/errors';
import { LOCATE_LOCAL_ACTIVITY } from '../contract/names';
import { type WorkerLocation, formatIdentity, isReaperTaskQueue } from '../contract/task-queues';
import { activityInterceptors } from '../interceptors/activity-inbound';
import type { ReaperConnectionOptions } from '../reaper/config';
import { optionsOf, withMemo } from './connection-memo';
import { credentialsOf, watchCredentials } from './credentials';
import { holdingProcess } from './hold-process';
import { identityWarning, locateLast } from './last-identity';
import { type ReaperPluginOptions, type ResolvedOptions, resolveOptions } from './options';
import { shutDownAfterCancels } from './late-shutdown';
import { forgetShutdown, isLocating, locateLocally, noteShutdown } from './locate-locally';
import { warnOfNoActivities } from './no-activities';
import { UserWorker } from './user-worker';
import { otherOptions, reaperOf } from './reapers';
import { assertSdk } from './sdk-version';
import { type WorkerReaper, prepareThread } from './worker-reaper';

/** Marks our activity interceptor, so that a Worker is configured once however often it sees the plugin. */
const OWNER = Symbol.for('temporal-reaper.plugin');
interface Owner {
  worker: UserWorker;
  /** Looks after it. */
  reaper: WorkerReaper;
}
type OwnedFactory = ActivityInterceptorsFactory & { [OWNER]?: Owner };

function ownerOf(factories: readonly OwnedFactory[] | undefined): Owner | undefined {
  return factories?.find((factory) => factory[OWNER])?.[OWNER];
}

const WORKFLOW_INTERCEPTORS = {
  true: require.resolve('../interceptors/workflow-outbound'),
  'replay-only': require.resolve('../interceptors/workflow-replay-only'),
};
const CANCELLATION_WORKFLOWS = require.resolve('../workflows');

function withModule(modules: string[] | undefined, mode: true | 'replay-only'): string[] {
  const ours: string[] = Object.values(WORKFLOW_INTERCEPTORS);
  return modules?.some((module) => ours.includes(module))
    ? modules
    : [...(modules ?? []), WORKFLOW_INTERCEPTORS[`${mode}`]];
}

/**
 * Tracks every process that an activity starts, and kills it when the activity ends in any way but its own.
 *
 * ```ts
 * const connection = await NativeConnection.connect({ address, plugins: [new ReaperPlugin()] });
 * ```
 *
 * Given to the connection, it reaches every Worker on it, and kills on a thread and a connection of its own. Given to a
 * Worker alone, it runs inline. For a prebuilt bundle, give it to `bundleWorkflowCode({ plugins })` too.
 */
export class ReaperPlugin implements NativeConnectionPlugin, WorkerPlugin, BundlerPlugin {
  readonly name = 'temporal-reaper';
  private readonly options: ResolvedOptions;

  /** @throws ReaperError `OPTION_INVALID`, `HOST_ID_INVALID`, `SDK_UNSUPPORTED` */
  constructor(options?: ReaperPluginOptions) {
    assertSdk();
    this.options = resolveOptions(options);
    watchCredentials();
  }

  /** Remembers the options, for the reaper's own connection, and opens the level. */
  configureNativeConnection(options: NativeConnectionOptions): NativeConnectionOptions {
    const { plugins = [], ...own } = options;
    prepareThread(this.options);
    return { ...options, plugins: withMemo(plugins, own) };
  }

  configureBundler(options: BundleOptions): BundleOptions {
    const isOurs = options.workflowsPath === CANCELLATION_WORKFLOWS;
    const { workflowInterceptor: mode } = this.options;
    if (!mode || isOurs) return options;
    return { ...options, workflowInterceptorModules: withModule(options.workflowInterceptorModules, mode) };
  }

  configureReplayWorker(options: ReplayWorkerOptions): ReplayWorkerOptions {
    const { workflowInterceptor: mode } = this.options;
    if (!mode) return options;
    const { interceptors } = options;
    return {
      ...options,
      interceptors: { ...interceptors, workflowModules: withModule(interceptors?.workflowModules, mode) },
    };
  }

  /** @throws ReaperError `PLUGIN_CONFLICT` */
  configureWorker(options: WorkerOptions): WorkerOptions {
    // The reaper's own Workers get the plugins of the connection that they share with the user's.
    if (options.taskQueue && isReaperTaskQueue(options.taskQueue)) return options;
    const reaper = reaperOf(options.connection, options.namespace ?? 'default', this.options);
    locateLast(options, this.location);
    const existing: OwnedFactory[] = options.interceptors?.activity ?? [];
    const owner = ownerOf(existing);
    if (owner?.reaper === reaper) return options;
    if (owner) throw otherOptions(reaper.namespace);
    if (this.connectionOptions(options)) prepareThread(this.options);
    const own = new UserWorker();

    const factory: OwnedFactory = (context) => {
      // Only a Worker that runs without `run()` of the SDK, such as a mock environment, has no reaper.
      const { tracking } = reaper;
      return tracking ? activityInterceptors(context, tracking, own) : {};
    };
    factory[OWNER] = { worker: own, reaper };
    const interceptors = { ...options.interceptors, activity: [factory, ...existing] };
    const identity = formatIdentity(options.identity, this.location);
    const hasWorkflows = options.workflowsPath !== undefined || options.workflowBundle !== undefined;
    const { workflowInterceptor: mode } = this.options;
    if (!hasWorkflows || !mode) return { ...options, identity, interceptors };
    return {
      ...options,
      identity,
      // A prebuilt bundle has its own; naming one here would only make the SDK warn.
      interceptors: options.workflowBundle
        ? interceptors
        : { ...interceptors, workflowModules: withModule(options.interceptors?.workflowModules, mode) },
      activities: { ...options.activities, [LOCATE_LOCAL_ACTIVITY]: locateLocally },
      // Ours alone must not make a Worker for workflows take the activities of its task queue.
      enableNonLocalActivities:
        (options.enableNonLocalActivities ?? true) && Object.keys(options.activities ?? {}).length > 0,
    };
  }

  async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    const { taskQueue, interceptors, identity } = worker.options;
    const owner = ownerOf(interceptors.activity);
    // Ours, or one whose interceptors another plugin has replaced: there is nothing to look after.
    if (!owner || running.has(worker) || isReaperTaskQueue(taskQueue)) return next(worker);
    const { reaper, worker: own } = owner;
    running.add(worker);
    own.begin(worker);
    const isCancelling = (): boolean => isLocating(taskQueue) || reaper.isCancelling(own);
    shutDownAfterCancels(worker, isCancelling, () => noteShutdown(taskQueue));
    warnOfNoActivities(worker);
    let refused: ReaperError | undefined;
    // Joined, not awaited: the SDK expects the Worker to run at once.
    const acquired = reaper.acquire(worker, this.connectionOptions(worker.options)).catch((error: unknown) => {
      // Trying out a level takes a moment; of other errors its activities fail.
      if (!(error instanceof ReaperError) || error.code !== 'CONTAINMENT_UNAVAILABLE') return;
      refused = error;
      if (worker.getState() === 'RUNNING') worker.shutdown();
    });
    reaper.warn(own.shutdownWarning(reaper.escalations));
    reaper.warn(identityWarning(identity, this.location));
    try {
      await next(worker);
    } finally {
      forgetShutdown(taskQueue);
      await holdingProcess(async () => {
        await acquired;
        await reaper.killAllOf(own);
        await reaper.release();
      });
    }
    if (refused) throw refused;
  }

  private get location(): WorkerLocation {
    return { hostId: this.options.hostId, workerPid: process.pid };
  }

  /** Undefined when they are not known: the reaper then runs inline. */
  private connectionOptions({ connection }: Pick<WorkerOptions, 'connection'>): ReaperConnectionOptions | undefined {
    // Without a connection the Worker makes its own, to the default address.
    const made = this.options.connection ?? (connection ? optionsOf(connection) : {});
    return made && { ...made, ...(connection && credentialsOf(connection)) };
  }
}

/** Workers whose reaper is acquired: the SDK calls the plugin twice when it is on the connection and on the Worker. */
const running = new WeakSet<Worker>();
