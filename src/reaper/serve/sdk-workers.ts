import { setTimeout as sleep } from 'node:timers/promises';
import { defaultPayloadConverter } from '@temporalio/common';
import {
  type ActivityInterceptorsFactory,
  type NativeConnection,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { completeWithoutResult } from '../../activities/complete-without-result';
import { createControlActivities } from '../../activities/control-activities';
import { createHostActivities } from '../../activities/host-activities';
import { createOpenGates } from '../../activities/open-gates';
import { REQUEST_HEADER } from '../../contract/names';
import { CONTROL_TASK_QUEUE, formatIdentity, hostTaskQueue, workerTaskQueue } from '../../contract/task-queues';
import type { ReaperLog } from '../../tracking/reaper-protocol';
import { bundleWorkflows } from './bundle-workflows';
import type { ReaperConfig } from '../config';
import type { HostService } from './host-service';
import { prebuiltWorkflows } from './prebuilt-workflows';
import { quietWorker } from './quiet-worker';

/** So many that kills waiting out their grace period hold up no others. */
const KILLS_AT_ONCE = 500;
/**
 * Many runs cancelled at once over a slow connection must not wait behind one another: a kill that no worker picks up
 * within 4 s is lost. The server says when more pollers help and when they do not; at rest there is one. With a server too
 * old to say so, five remain.
 */
const POLLERS = { type: 'autoscaling', minimum: 1, initial: 5, maximum: 50 } as const;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

/** A user workflow's request travels in a header, past the user's payload codec, and it gets no result to decode. */
function requestFromHeader(connection: NativeConnection): ActivityInterceptorsFactory {
  return () => ({
    inbound: {
      async execute(input, next) {
        const payload = input.headers[REQUEST_HEADER];
        if (!payload) return next(input);
        await next({ ...input, args: [defaultPayloadConverter.fromPayload(payload)] });
        return completeWithoutResult(connection);
      },
    },
  });
}

function begunOnce(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  return { promise: new Promise<void>((settle) => (resolve = settle)), resolve };
}

/** The SDK Workers that poll a reaper's task queues on one connection. */
export class SdkWorkers {
  private readonly running: Promise<void>[] = [];
  private readonly starting = new Set<Promise<Worker>>();
  private readonly workers = new Set<Worker>();
  private readonly stopped = new AbortController();

  constructor(
    private readonly host: HostService,
    private readonly config: ReaperConfig,
    private readonly connection: NativeConnection,
    private readonly log: ReaperLog,
  ) {}

  /** Resolves when the worker's, the host's and the control task queue are polled. */
  async serve(): Promise<void> {
    const { connection, config } = this;
    const openGates = createOpenGates(connection, config.namespace, this.identity);
    const activities = createHostActivities(this.host, openGates);
    const control = createControlActivities(connection, config.namespace, this.identity);
    await Promise.all([
      this.keepRunning({ taskQueue: workerTaskQueue(config), activities }),
      this.keepRunning({ taskQueue: hostTaskQueue(config.hostId), activities }),
      this.keepRunning({ taskQueue: CONTROL_TASK_QUEUE, activities: control }),
    ]);
  }

  /** Hosts the cancellation workflows. Not in serve(): kills must not wait for a bundle not prebuilt for this SDK. */
  async serveWorkflows(): Promise<void> {
    if (!this.config.control || this.stopping) return;
    const { connection, config } = this;
    const workflows = await this.bundle();
    if (!workflows) return; // stopped
    await this.keepRunning({
      taskQueue: CONTROL_TASK_QUEUE,
      activities: createControlActivities(connection, config.namespace, this.identity), // run as local activities
      enableNonLocalActivities: false,
      ...workflows,
      maxCachedWorkflows: 100,
      workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 },
    });
  }

  private async bundle(): Promise<Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> | undefined> {
    try {
      return { workflowBundle: prebuiltWorkflows() ?? (await bundleWorkflows(this.stopped.signal)) };
    } catch (error) {
      if (this.stopping) return undefined;
      this.log('WARN', 'The cancellation workflows are bundled on this thread', { error: String(error) });
      return { workflowsPath: require.resolve('../../workflows') };
    }
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    for (const worker of this.workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    // A Worker that is still being created holds the connection as well.
    await Promise.allSettled(this.starting);
    await Promise.all(this.running);
  }

  private get stopping(): boolean {
    return this.stopped.signal.aborted;
  }

  private get identity(): string {
    return formatIdentity(undefined, this.config);
  }

  /** Resolves when the worker first polls, or is stopped. Retries when the worker cannot be created or fails. */
  private async keepRunning(options: Pick<WorkerOptions, 'taskQueue'> & Partial<WorkerOptions>): Promise<void> {
    const { promise: begun, resolve: begin } = begunOnce();
    this.running.push(
      (async () => {
        for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)) {
          let worker: Worker | undefined;
          try {
            worker = await this.create(options);
            const run = worker.run();
            begin();
            // A Worker releases its connection only after it has run.
            if (this.stopping) worker.shutdown();
            await run;
            return;
          } catch (error) {
            if (this.stopping) return;
            this.log('ERROR', 'A task queue of the reaper is not served', {
              taskQueue: options.taskQueue,
              error: String(error),
              retryMs,
            });
          }
          if (worker) this.workers.delete(worker);
          try {
            await sleep(retryMs, undefined, { ref: false, signal: this.stopped.signal });
          } catch {
            return; // stopped
          }
        }
      })().finally(begin),
    );
    await begun;
  }

  private async create(options: Pick<WorkerOptions, 'taskQueue'> & Partial<WorkerOptions>): Promise<Worker> {
    const creation = Worker.create({
      connection: this.connection,
      namespace: this.config.namespace,
      identity: this.identity,
      ...(options.activities && {
        maxConcurrentActivityTaskExecutions: KILLS_AT_ONCE,
        activityTaskPollerBehavior: POLLERS,
        maxHeartbeatThrottleInterval: '1s',
      }),
      interceptors: { activity: [requestFromHeader(this.connection)] },
      ...options,
    });
    this.starting.add(creation);
    try {
      const worker = await creation;
      quietWorker(worker);
      this.workers.add(worker);
      return worker;
    } finally {
      this.starting.delete(creation);
    }
  }
}
