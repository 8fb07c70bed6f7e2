import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type ActivityHandle, Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { temporalCli } from '../../dev/dev-server';
import { ReaperClient } from '../../src/client';
import { reportFileOf } from '../../src/guardian/report-file';
import type { Program } from '../fixtures/activities';
import { createNamespace } from '../fixtures/plugin/namespace';
import { processFixtures } from '../fixtures/processes';
import { TestRun } from '../fixtures/processes/test-run';
import type { WorkerFixture } from '../fixtures/worker';
import type { Step } from '../fixtures/workflows';
import type { ContainmentLevel } from '../../src/contract/kill-report';
import { beatsIn, processesWithArgument } from '../helpers/kernel-oracle';
import { controlIsServed } from '../helpers/control-served';
import { waitUntil } from '../helpers/wait-until';
import { WorkerProcess } from '../helpers/worker-process';
import { Processes } from '../integration/cancel/suite';
import { type CellPlan, nameOf } from './plan';

/** Those who ignore SIGTERM die after this. */
const escalation = { graceMs: 500, settleMs: 3_000 };

/** A namespace of its own, its workers, and one process that nobody ends. */
export class Lab {
  readonly run = new TestRun();
  readonly reaper: ReaperClient;
  readonly hostId: string;
  private readonly hostIds = new Set<string>();
  private readonly workers = new Map<string, Promise<WorkerProcess>>();
  bystander!: Processes;
  private count = 0;

  private constructor(
    readonly address: string,
    readonly connection: Connection,
    readonly namespace: string,
    readonly client: Client,
    private readonly containment: 'auto' | ContainmentLevel,
  ) {
    this.reaper = new ReaperClient(client);
    this.hostId = `matrix-${this.run.shortId}`;
  }

  static async open(address: string, containment: 'auto' | ContainmentLevel): Promise<Lab> {
    const connection = await Connection.connect({ address });
    const namespace = await createNamespace(connection, 'matrix');
    const lab = new Lab(address, connection, namespace, new Client({ connection, namespace }), containment);
    await Promise.all([
      lab.worker('workflows', { plugin: { control: true } }),
      lab.worker('shared'),
      lab.worker('bare', { plugin: false, workflows: true }),
      // Before other workers: a fifth one may be missing from `killAll` (see "Not covered" in endings.ts).
      ...['kill-all', 'kill-all-retry'].map((queue) => lab.worker(queue, {}, queue)),
    ]);
    lab.bystander = new Processes('forever', lab.run.newDir(), {});
    await lab.start('workflows', 'runAll', [[{ ...lab.bystander.step(), taskQueue: 'shared' }]]);
    await lab.bystander.started();
    await controlIsServed(connection, { namespace });
    return lab;
  }

  newId(what: string): string {
    return `${what}-${++this.count}`;
  }

  /** The one worker process of that task queue, by default for activities only; `host` names its host, else they share one. */
  worker(queue: string, fixture: Partial<WorkerFixture> = {}, host?: string): Promise<WorkerProcess> {
    const known = this.workers.get(queue);
    if (known) return known;
    const hostId = this.hostIdOf(host);
    this.hostIds.add(hostId);
    const { plugin, worker, ...more } = fixture;
    const started = WorkerProcess.start(
      {
        address: this.address,
        taskQueue: queue,
        workflows: queue === 'workflows',
        ...more,
        plugin: plugin !== false && { hostId, control: false, escalation, containment: this.containment, ...plugin },
        worker: { namespace: this.namespace, ...worker },
      },
      { REAPER_TEST_RUN: this.run.id, NODE: process.execPath },
    );
    this.workers.set(queue, started);
    return started;
  }

  hostIdOf(host?: string): string {
    return host === undefined ? this.hostId : `${this.hostId}-${host}`;
  }

  async start(queue: string, type: string, args: unknown[], options: object = {}): Promise<WorkflowHandle> {
    const workflowId = this.newId(type);
    return this.client.workflow.start(type, { taskQueue: queue, workflowId, args, ...options });
  }

  async cli(...args: string[]): Promise<string> {
    const more = ['--address', this.address, '--namespace', this.namespace];
    return (await promisify(execFile)(temporalCli(), [...args, ...more], { timeout: 30_000 })).stdout;
  }

  /** The containment level that the worker of most cells reports. */
  async level(): Promise<string> {
    const [{ workers }] = await this.reaper.listHosts({ hostIds: [this.hostId] });
    return workers.find(({ level }) => level !== undefined)?.level ?? 'unknown';
  }

  /** Asserts that the process of another workflow on the same host goes on, in its first attempt. */
  async bystanderGoesOn(): Promise<void> {
    expect(this.bystander.alive()).toEqual(['main']);
    await this.bystander.goOn();
    expect(this.bystander.attempts()).toEqual([1]);
  }

  /** The worker processes that got ready. */
  async started(): Promise<WorkerProcess[]> {
    const workers = await Promise.allSettled(this.workers.values());
    return workers.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
  }

  async end(): Promise<void> {
    const workers = await this.started();
    const ours = new Set(workers.map(({ pid }) => pid));
    for (const pid of this.run.processes()) if (!ours.has(pid)) killIfThere(pid);
    await Promise.all(workers.map((worker) => worker.kill()));
    await this.run.end();
    await this.connection.close();
    for (const hostId of this.hostIds) rmSync(dirname(reportFileOf(hostId, 1, '1')), { recursive: true, force: true });
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** One cell of the matrix while it is tried: the processes of one activity, and what was started for it. */
export class Cell {
  readonly processes: Processes;
  /** Set by `Ending.start`: the workflow that is looked at. */
  handle!: WorkflowHandle;
  /** Set by `Ending.start` of a standalone activity. */
  activity?: ActivityHandle;
  startedAt = 0;
  /** When all of its processes were there. */
  readyAt = 0;

  constructor(
    readonly lab: Lab,
    readonly plan: CellPlan,
    /** Where its activity runs, and its workflow. */
    readonly queue: string,
    readonly workflowQueue: string,
    /** Shared by the cells that are ended together. */
    readonly groupDir: string,
    readonly worker: WorkerProcess,
    readonly hostId: string,
  ) {
    const { shape, route } = plan;
    const dir = join(lab.run.newDir(), 'cell'); // the name of no folder begins with that of another
    mkdirSync(dir);
    this.processes = new Processes(shape.fixture, dir, { route, stays: shape.stays });
  }

  get name(): string {
    return nameOf(this.plan);
  }

  /** Deals out alternatives over the shapes of a row. */
  pick<T>(...alternatives: T[]): T {
    return alternatives[this.plan.shape.name.length % alternatives.length];
  }

  program(more: Partial<Program> = {}): Program {
    return { ...this.processes.program, ...more };
  }

  file(name: string): string {
    return join(this.processes.dir, name);
  }

  get groupFile(): string {
    return join(this.groupDir, 'end');
  }

  /** The activity as a step; by default it runs the program in its first attempt and returns at once in others. */
  step(options: Step['options'] = {}, name: Step['name'] = 'runOnce', args?: unknown[]): Step {
    const retry = { initialInterval: 100, maximumInterval: 100 };
    return {
      name,
      args: args ?? [this.program(), this.file('ran')],
      taskQueue: this.queue,
      options: { activityId: 'it', retry, ...options },
    };
  }

  async start(type: string, args: unknown[], options: object = {}): Promise<void> {
    this.handle = await this.lab.start(this.workflowQueue, type, args, options);
  }

  put(file = this.file('end')): void {
    writeFileSync(file, '');
  }

  /** Waits until the workflow is closed, and says how. */
  async status(handle = this.handle): Promise<string> {
    let status = '';
    await waitUntil(
      `the workflow is closed`,
      async () => (status = (await handle.describe()).status.name) !== 'RUNNING',
      { timeoutMs: 25_000, everyMs: 50 },
    );
    return status;
  }

  /** Number of the attempt that is pending, of the only activity. */
  async pendingAttempt(): Promise<number | undefined> {
    return (await this.handle.describe()).raw.pendingActivities?.[0]?.attempt ?? undefined;
  }

  /** Those of its processes that live until they are killed. */
  get roles(): string[] {
    const { shape } = this.plan;
    return processFixtures[shape.fixture].roles.filter((role) => !shape.stays || role !== 'main');
  }

  /** Living processes that name its folder, whoever they are. */
  left(): number[] {
    return processesWithArgument(this.processes.dir);
  }

  /** Asserts that nobody beats any more. */
  async silent(): Promise<void> {
    const beats = () => this.roles.map((role) => beatsIn(this.file(`${role}.beat`)));
    const before = beats();
    await delay(150);
    expect(beats()).toEqual(before);
  }

  /** Ends what the cell has started, however it came out. */
  async clear(): Promise<void> {
    await this.handle?.terminate('the cell is over').catch(() => undefined);
    await this.activity?.terminate('the cell is over').catch(() => undefined);
    for (const pid of this.left()) killIfThere(pid);
    this.put();
  }
}
