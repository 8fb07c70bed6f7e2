import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  Client,
  Connection,
  type WorkflowHandle,
  type WorkflowHandleWithFirstExecutionRunId,
} from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { temporalCli } from '../../../dev/dev-server';
import type { Program } from '../../fixtures/activities';
import { createNamespace } from '../../fixtures/plugin/namespace';
import { type ElusiveName, type FixtureName, elusiveFixtures, processFixtures } from '../../fixtures/processes';
import { TestRun } from '../../fixtures/processes/test-run';
import type { WorkerFixture } from '../../fixtures/worker';
import type { Step } from '../../fixtures/workflows';
import { testServerAddress } from '../../helpers/dev-server';
import { beatsIn, isRunning, processesWithArgument, startTicks } from '../../helpers/kernel-oracle';
import { waitUntil } from '../../helpers/wait-until';
import { FIXTURES } from '../../helpers/fixtures-folder';
import { WorkerProcess } from '../../helpers/worker-process';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

const fixtures = { ...processFixtures, ...elusiveFixtures };

/** The processes that an activity of a test starts, seen from outside. */
export class Processes {
  private ticks = new Map<string, string | undefined>();

  constructor(
    readonly name: FixtureName | ElusiveName,
    readonly dir: string,
    private readonly more: Partial<Program>,
  ) {}

  /** The argument of the activity `runProgram`. */
  get program(): Program {
    const { command, args } = fixtures[this.name];
    return { command, args: args(this.dir), attemptsFile: join(this.dir, 'attempts'), ...this.more };
  }

  /** The activity as a step of a fixture workflow. */
  step(more: Partial<Step> = {}): Step {
    return { name: 'runProgram', args: [this.program], ...more };
  }

  pidOf(role: string): number {
    return Number(readFileSync(join(this.dir, `${role}.pid`), 'utf8'));
  }

  private get roles(): string[] {
    return fixtures[this.name].roles;
  }

  /** Waits until each of them has announced itself. */
  async started(): Promise<void> {
    await waitUntil(
      `${this.name} has started ${this.roles.join(', ')}`,
      () => this.roles.every((role) => existsSync(join(this.dir, `${role}.pid`))),
      { timeoutMs: 30_000 },
    );
    for (const role of this.roles) this.ticks.set(role, startTicks(this.pidOf(role)));
  }

  /** Roles that the kernel says are alive. */
  alive(): string[] {
    return this.roles.filter((role) => {
      const ticks = this.ticks.get(role);
      return ticks !== undefined && isRunning(this.pidOf(role), ticks);
    });
  }

  /** Waits until the kernel knows none of them any more; 20 s: a heartbeat timeout of 60 s would bring a cancel later. */
  async died(timeoutMs = 20_000): Promise<void> {
    let alive: string[] = [];
    try {
      await waitUntil(`the processes of ${this.name} are dead`, () => (alive = this.alive()).length === 0, {
        timeoutMs,
      });
    } catch (error) {
      throw new Error(`${(error as Error).message}; alive: ${alive.join(', ')}`);
    }
  }

  /** Waits for beats of each role that are made after this call. */
  async goOn(beats = 5, roles = fixtures[this.name].beating): Promise<void> {
    const before = new Map(roles.map((role) => [role, beatsIn(join(this.dir, `${role}.beat`))]));
    for (const [role, count] of before) {
      await waitUntil(
        `${this.name} "${role}" goes on beating`,
        () => beatsIn(join(this.dir, `${role}.beat`)) >= count + beats,
      );
    }
  }

  /** When the first of them announced itself, as Unix time in ms: a busy machine may start them late. */
  startedAt(): number {
    return Math.min(...this.roles.map((role) => statSync(join(this.dir, `${role}.pid`)).mtimeMs));
  }

  /** When the last beat was made, as Unix time in ms. */
  lastBeat(): number {
    const files = fixtures[this.name].beating.map((role) => join(this.dir, `${role}.beat`));
    return Math.max(...files.map((file) => statSync(file).mtimeMs));
  }

  /** Attempt numbers of the activity that has run them, in order. */
  attempts(): number[] {
    const file = join(this.dir, 'attempts');
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8').trim().split('\n').map(Number);
  }
}

/** A server connection, worker processes, workflows and processes of one suite, all ended by {@link end}. */
export class CancelSuite {
  readonly run = new TestRun();
  private readonly workers: WorkerProcess[] = [];
  private readonly handles: WorkflowHandle[] = [];
  private count = 0;

  private constructor(
    readonly address: string,
    readonly connection: Connection,
    readonly client: Client,
    /** Default `default`. */
    readonly namespace?: string,
    private readonly fixtures = FIXTURES,
  ) {}

  /** `ownNamespace`: nobody else's workers are in it. `fixtures`: of a project with another SDK. */
  static async open(
    address = testServerAddress(),
    { ownNamespace = false, fixtures = FIXTURES } = {},
  ): Promise<CancelSuite> {
    const connection = await Connection.connect({ address });
    const namespace = ownNamespace ? await createNamespace(connection, 'suite') : undefined;
    return new CancelSuite(address, connection, new Client({ connection, namespace }), namespace, fixtures);
  }

  /** Unique to the suite: other suites share the server. */
  unique(name: string): string {
    return `${name}-${this.run.shortId}`;
  }

  /** Starts a worker on the task queue `queue`; the plugin's host is `host-<queue>` unless it says otherwise. */
  async worker(queue: string, fixture: Partial<WorkerFixture> = {}, through?: string[]): Promise<WorkerProcess> {
    const plugin = fixture.plugin !== false && {
      hostId: this.unique(`host-${queue}`),
      control: false,
      ...fixture.plugin,
    };
    const worker = await WorkerProcess.start(
      {
        address: this.address,
        taskQueue: this.unique(queue),
        ...fixture,
        plugin,
        worker: { namespace: this.namespace, ...fixture.worker },
      },
      { REAPER_TEST_RUN: this.run.id, NODE: process.execPath },
      through,
      this.fixtures,
    );
    this.workers.push(worker);
    return worker;
  }

  processes(name: FixtureName | ElusiveName = 'forever', more: Partial<Program> = {}): Processes {
    return new Processes(name, this.run.newDir(), more);
  }

  /** Living processes whose command line names the activity's folder, whatever has become of their parents. */
  processesOf({ dir }: Processes): number[] {
    return processesWithArgument(`${dir}`);
  }

  /** Bundles the fixture workflows for several workers: each would take seconds to do it. */
  bundle(plugin: 'with' | 'without' | 'replay-only'): Partial<WorkerFixture> {
    const codePath = join(this.run.newDir(), 'workflows.js');
    execFileSync(process.execPath, [join(this.fixtures, 'bundle.js'), codePath, plugin], {
      stdio: 'pipe',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    return { workflows: false, worker: { workflowBundle: { codePath } } };
  }

  /** Starts a workflow on a worker's task queue. */
  async start(
    queue: string,
    type: string,
    args: unknown[],
    options: object = {},
  ): Promise<WorkflowHandleWithFirstExecutionRunId> {
    const workflowId = this.newWorkflowId();
    const handle = await this.client.workflow.start(type, {
      taskQueue: this.unique(queue),
      workflowId,
      args,
      ...options,
    });
    this.handles.push(handle);
    return handle;
  }

  newWorkflowId(): string {
    return `${this.unique('wf')}-${++this.count}`;
  }

  /** Takes part in the clean-up. */
  handleOf(workflowId: string): WorkflowHandle {
    const handle = this.client.workflow.getHandle(workflowId);
    this.handles.push(handle);
    return handle;
  }

  /** Runs the Temporal CLI. */
  async cli(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(temporalCli(), [...args, '--address', this.address], {
      timeout: 30_000,
    });
    return stdout;
  }

  /** Waits until the workflow is closed and returns its status. */
  async closed(handle: WorkflowHandle, timeoutMs = 20_000): Promise<string> {
    let status = '';
    await waitUntil(
      `workflow ${handle.workflowId} is closed`,
      async () => (status = (await handle.describe()).status.name) !== 'RUNNING',
      { timeoutMs, everyMs: 20 },
    );
    return status;
  }

  /** Ends workflows, processes and workers, whatever state they are in. */
  async end(): Promise<void> {
    await Promise.all(this.handles.map((handle) => handle.terminate('the test is over').catch(() => undefined)));
    const ours = new Set(this.workers.map(({ pid }) => pid));
    for (const pid of this.run.processes()) if (!ours.has(pid)) killIfThere(pid);
    await Promise.all(this.workers.map((worker) => worker.stop()));
    await this.run.end();
    await this.connection.close();
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** What the server has written of a run. */
export class Events {
  private constructor(readonly events: HistoryEvent[]) {}

  static async of(handle: WorkflowHandle): Promise<Events> {
    return new Events((await handle.fetchHistory()).events ?? []);
  }

  /** Waits until the cancel of each of the activities is in the history. */
  static async withCancelRequests(handle: WorkflowHandle, count: number, timeoutMs = 20_000): Promise<Events> {
    let events!: Events;
    await waitUntil(
      `${count} activities of ${handle.workflowId} have a cancel request`,
      async () => (events = await Events.of(handle)).cancelRequests('runProgram').length >= count,
      { timeoutMs, everyMs: 20 },
    );
    return events;
  }

  /** Events that say that the cancel of an activity of this type was requested. */
  cancelRequests(activityType: string): HistoryEvent[] {
    const scheduled = new Map(
      this.events
        .filter(({ activityTaskScheduledEventAttributes: it }) => it?.activityType?.name === activityType)
        .map((event) => [String(event.eventId), event]),
    );
    return this.events.filter(({ activityTaskCancelRequestedEventAttributes: it }) =>
      scheduled.has(String(it?.scheduledEventId)),
    );
  }

  /** Activity types whose completion stands before this event. */
  completedBefore(event: HistoryEvent): string[] {
    const before = this.events.slice(0, this.events.indexOf(event));
    return before.flatMap(({ activityTaskCompletedEventAttributes: it }) => {
      if (!it) return [];
      const scheduled = this.events.find(({ eventId }) => String(eventId) === String(it.scheduledEventId));
      return scheduled?.activityTaskScheduledEventAttributes?.activityType?.name ?? [];
    });
  }

  /** Number of attempts of each started activity of a type; the server writes the start of the last one only. */
  attempts(activityType: string): number[] {
    return this.events.flatMap(({ activityTaskStartedEventAttributes: it }) => {
      const scheduled = this.events.find(({ eventId }) => String(eventId) === String(it?.scheduledEventId));
      const type = scheduled?.activityTaskScheduledEventAttributes?.activityType?.name;
      return it && type === activityType ? [Number(it.attempt)] : [];
    });
  }

  /** Task queues to which activities of a type were sent. */
  taskQueuesOf(activityType: string): string[] {
    return this.events.flatMap(({ activityTaskScheduledEventAttributes: it }) =>
      it?.activityType?.name === activityType ? [it.taskQueue?.name ?? ''] : [],
    );
  }

  /**
   * Number of workflow tasks that failed for this cause, by its number in `temporal.api.enums.v1.WorkflowTaskFailedCause`; of
   * the attempts of one task the server writes the first only.
   */
  taskFailures(cause: number): number {
    return this.events.filter(({ workflowTaskFailedEventAttributes: it }) => Number(it?.cause) === cause).length;
  }

  /** Types of the local activities whose results are in the history, in order. */
  localActivities(): string[] {
    return this.events.flatMap(({ markerRecordedEventAttributes: it }) => {
      if (it?.markerName !== 'core_local_activity') return [];
      const [data] = it.details?.data?.payloads ?? [];
      return (JSON.parse(Buffer.from(data?.data ?? []).toString()) as { activity_type: string }).activity_type;
    });
  }

  /** Names of the signals that the run has got. */
  signals(): string[] {
    return this.events.flatMap(({ workflowExecutionSignaledEventAttributes: it }) => it?.signalName ?? []);
  }

  /** Whether the cancel of the run has been requested. */
  isCancelRequested(): boolean {
    return this.events.some(({ workflowExecutionCancelRequestedEventAttributes: it }) => it);
  }

  timeOf({ eventTime }: HistoryEvent): number {
    return Number(eventTime?.seconds) * 1000 + Number(eventTime?.nanos) / 1e6;
  }
}

/** Asserts that the processes had made their last beat when the server was told to cancel their activities. */
export async function expectKilledBeforeCancelled(handle: WorkflowHandle, all: Processes[]): Promise<void> {
  const events = await Events.withCancelRequests(handle, all.length);
  for (const processes of all) expect(processes.alive()).toEqual([]);
  const requests = events.cancelRequests('runProgram');
  for (const request of requests) expect(events.completedBefore(request)).toContain('kill');
  const firstRequest = Math.min(...requests.map((request) => events.timeOf(request)));
  for (const processes of all) expect(processes.lastBeat()).toBeLessThanOrEqual(firstRequest);
}
