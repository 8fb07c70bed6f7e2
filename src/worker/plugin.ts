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
import { doneWithin } from '../tracking/bounded';
import { activityInterceptors } from '../interceptors/activity-inbound';
import type { ReaperConnectionOptions } from '../reaper/config';
import { optionsOf, withMemo } from './connection-memo';
import { credentialsOf, watchCredentials } from './credentials';
import { mergeOptions, optionsFromEnvironment } from './environment-options';
import { holdingProcess } from './hold-process';
import { identityWarning, locateLast } from './last-identity';
import { type ReaperPluginOptions, type ResolvedOptions, resolveOptions } from './options';
import { shutDownAfterCancels } from './shutdown-after-cancels';
import { forgetShutdown, isLocating, locateLocally, noteShutdown } from './locate-locally';
import { warnOfNoActivities } from './no-activities';
import { UserWorker } from './user-worker';
import { conflictOnConnection } from './plugin-conflicts';
import { reaperOf } from './reapers';
import { assertSdk } from './sdk-version';
import { prepareThread } from './prepare-thread';
import type { WorkerReaper } from './worker-reaper';

/** When a Worker ends, how long to wait for a reaper that is still opening its level: it has nothing to kill. In ms. */
const OPENING_MS = 10_000;

/** Marks our activity interceptor, so that a Worker is configured only once, however often it gets the plugin. */
const OWNER = Symbol.for('temporal-reaper.plugin');
interface Owner {
  worker: UserWorker;
  /** The reaper in charge of that Worker. */
  reaper: WorkerReaper;
}
type OwnedFactory = ActivityInterceptorsFactory & { [OWNER]?: Owner };

function ownerOf(factories: readonly OwnedFactory[] | undefined): Owner | undefined {
  return factories?.find((factory) => factory[OWNER])?.[OWNER];
}

const WORKFLOW_INTERCEPTORS = {
  true: require.resolve('../interceptors/workflow-default'),
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
 * Tracks every process that an activity starts and kills it when the activity is cancelled, times out, fails, or loses its
 * worker.
 *
 * ```ts
 * const connection = await NativeConnection.connect({ address, plugins: [new ReaperPlugin()] });
 * ```
 *
 * Given to a connection, it covers every Worker on that connection and kills from its own thread, over its own connection.
 * Given only to a Worker, it runs inline. For a prebuilt bundle, give it to `bundleWorkflowCode({ plugins })` too.
 */
export class ReaperPlugin implements NativeConnectionPlugin, WorkerPlugin, BundlerPlugin {
  readonly name = 'temporal-reaper';
  private readonly options: ResolvedOptions;

  /**
   * @param options win over those in the environment, see docs/options.md
   * @throws ReaperError `OPTION_INVALID`, `HOST_ID_INVALID`, `SDK_UNSUPPORTED`
   */
  constructor(options: ReaperPluginOptions = {}) {
    assertSdk();
    this.options = resolveOptions(mergeOptions(optionsFromEnvironment(), options));
    watchCredentials();
  }

  /** Remembers the options for the reaper's own connection, and starts to open the level. */
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
    // The reaper's own Workers get this plugin too when they share the user's connection.
    if (options.taskQueue && isReaperTaskQueue(options.taskQueue)) return options;
    const reaper = reaperOf(options.connection, options.namespace ?? 'default', this.options);
    locateLast(options, this.location);
    const existing: OwnedFactory[] = options.interceptors?.activity ?? [];
    const owner = ownerOf(existing);
    if (owner?.reaper === reaper) {
      owner.worker.tracer ??= this.options.tracer;
      return options;
    }
    if (owner) throw conflictOnConnection(reaper.namespace);
    const isBundling = options.workflowsPath !== undefined;
    if (this.connectionOptions(options)) prepareThread(this.options, isBundling);
    const own = new UserWorker(this.options.tracer);

    const factory: OwnedFactory = (context) => {
      // There is no reaper only if the Worker runs without the SDK's `run()`, as in a mock environment.
      const tracking = reaper.begin();
      return tracking ? activityInterceptors(context, tracking, own) : {};
    };
    factory[OWNER] = { worker: own, reaper };
    const interceptors = { ...options.interceptors, activity: [factory, ...existing] };
    const identity = formatIdentity(options.identity, this.location);
    const hasWorkflows = options.workflowsPath !== undefined || options.workflowBundle !== undefined;
    const { workflowInterceptor: mode } = this.options;
    // A prebuilt bundle has the interceptor that it was built with.
    if (!hasWorkflows || !(mode || options.workflowBundle)) return { ...options, identity, interceptors };
    return {
      ...options,
      identity,
      // Naming modules for a prebuilt bundle would only make the SDK warn.
      interceptors:
        options.workflowBundle || !mode
          ? interceptors
          : { ...interceptors, workflowModules: withModule(options.interceptors?.workflowModules, mode) },
      activities: { ...options.activities, [LOCATE_LOCAL_ACTIVITY]: locateLocally },
      // Our activity must not make a workflow-only Worker poll for the activities of its task queue.
      enableNonLocalActivities:
        (options.enableNonLocalActivities ?? true) && Object.keys(options.activities ?? {}).length > 0,
    };
  }

  async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    const { taskQueue, interceptors, identity } = worker.options;
    const owner = ownerOf(interceptors.activity);
    // One of our own Workers, or one whose interceptors another plugin has replaced: nothing to do.
    if (!owner || running.has(worker) || isReaperTaskQueue(taskQueue)) return next(worker);
    const { reaper, worker: own } = owner;
    running.add(worker);
    own.begin(worker);
    const isCancelling = (): boolean => isLocating(taskQueue) || reaper.isCancelling(own);
    shutDownAfterCancels(worker, isCancelling, () => noteShutdown(taskQueue));
    warnOfNoActivities(worker);
    let refused: ReaperError | undefined;
    // Not awaited: the SDK expects the Worker to run at once.
    const acquired = reaper.acquire(worker, this.connectionOptions(worker.options)).catch((error: unknown) => {
      // The Worker already runs when a level proves unavailable. Any other error makes its activities fail.
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
        if (await doneWithin(OPENING_MS, acquired)) await reaper.killAllOf(own);
        await reaper.release();
      });
    }
    if (refused) throw refused;
  }

  private get location(): WorkerLocation {
    return { hostId: this.options.hostId, workerPid: process.pid };
  }

  /** Undefined when the connection's options are unknown: the reaper then runs inline. */
  private connectionOptions({ connection }: Pick<WorkerOptions, 'connection'>): ReaperConnectionOptions | undefined {
    // Without a connection the Worker makes its own, to the default address.
    const made = this.options.connection ?? (connection ? optionsOf(connection) : {});
    return made && { ...made, ...(connection && credentialsOf(connection)) };
  }
}

/** Workers whose reaper is acquired. The SDK calls a plugin twice if it is on both the connection and the Worker. */
const running = new WeakSet<Worker>();
