import { setTimeout as sleep } from 'node:timers/promises';
import { defaultPayloadConverter } from '@temporalio/common';
import {
  type ActivityInterceptorsFactory,
  type NativeConnection,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { completeWithoutResult } from '../activities/complete-without-result';
import { createControlActivities } from '../activities/control-activities';
import { createHostActivities } from '../activities/host-activities';
import { createOpenGates } from '../activities/open-gates';
import { REQUEST_HEADER } from '../contract/names';
import { CONTROL_TASK_QUEUE, formatIdentity, hostTaskQueue, workerTaskQueue } from '../contract/task-queues';
import type { ReaperNotices } from '../tracking/link';
import { bundleWorkflows } from './bundle-workflows';
import type { ReaperConfig } from './config';
import type { HostFace } from './host-face';

/** A kill that waits out its grace holds up no other. */
const KILLS_AT_ONCE = 500;
/**
 * Many runs cancelled at once, over a connection with latency, must not wait behind one another: a kill that nobody takes
 * for 4 s is lost. The server says when more polls are of use, and when they are not: at rest there is one. A server too
 * old to say so keeps five.
 */
const POLLERS = { type: 'autoscaling', minimum: 1, initial: 5, maximum: 50 } as const;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

/** The request of a user's workflow travels in a header, past the user's payload codec; it gets no result to decode. */
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

/** The SDK Workers that serve a reaper's task queues on one connection. */
export class SdkWorkers {
  private readonly running: Promise<void>[] = [];
  private readonly starting = new Set<Promise<Worker>>();
  private readonly workers = new Set<Worker>();
  private readonly stopped = new AbortController();

  constructor(
    private readonly host: HostFace,
    private readonly config: ReaperConfig,
    private readonly connection: NativeConnection,
    private readonly log: ReaperNotices['log'],
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

  /** Hosts the cancellation workflows; bundling them takes a second or so, which no kill has to wait for. */
  async serveWorkflows(): Promise<void> {
    if (!this.config.control || this.stopping) return;
    const { connection, config } = this;
    const workflows = await this.bundle();
    if (!workflows) return; // stopped
    await this.keepRunning({
      taskQueue: CONTROL_TASK_QUEUE,
      activities: createControlActivities(connection, config.namespace, this.identity), // local ones
      enableNonLocalActivities: false,
      ...workflows,
      maxCachedWorkflows: 100,
      workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 },
    });
  }

  private async bundle(): Promise<Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> | undefined> {
    try {
      return { workflowBundle: await bundleWorkflows(this.stopped.signal) };
    } catch (error) {
      if (this.stopping) return undefined;
      this.log('WARN', 'The cancellation workflows are bundled on this thread', { error: String(error) });
      return { workflowsPath: require.resolve('../workflows') };
    }
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    for (const worker of this.workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    // One that is still being made holds the connection as well.
    await Promise.allSettled(this.starting);
    await Promise.all(this.running);
  }

  private get stopping(): boolean {
    return this.stopped.signal.aborted;
  }

  private get identity(): string {
    return formatIdentity(undefined, this.config);
  }

  /** Resolves when the worker polls for the first time, or is stopped; tries again when it cannot be made, or fails. */
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
            // Only a Worker that has run gives its connection back.
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
      this.workers.add(worker);
      return worker;
    } finally {
      this.starting.delete(creation);
    }
  }
}
