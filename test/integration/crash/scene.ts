import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ReaperPluginOptions } from '../../../src';
import { reportFileOf } from '../../../src/guardian/report-file';
import { markedHost } from '../../../src/process/host-id';
import type { FixtureName } from '../../fixtures/processes';
import type { WorkerFixture } from '../../fixtures/worker';
import type { Step } from '../../fixtures/workflows';
import { processesWithArgument, startTicks } from '../../helpers/kernel-oracle';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';
import { CancelSuite, type Processes } from '../cancel/suite';

const WORKER = resolve(__dirname, '../../../dist/test/fixtures/worker.js');

/** Obedient processes die at once; those that ignore SIGTERM after this. */
export const escalation = { graceMs: 500, settleMs: 3_000 };

/** Every way of starting processes that a crash must not leave behind. */
export const shapes: FixtureName[] = [
  'forever',
  'leaves-session',
  'forks-children',
  'ignores-sigterm',
  'daemonises',
  'stopped-child',
];

/** Writes a file that shows up whole. */
export function put(file: string, text = ''): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** Living guardians of a worker process, by the kernel's word. */
export function guardiansOf(workerPid: number): number[] {
  return processesWithArgument(`"workerPid":${workerPid},`); // in the data it is started with
}

/** Waits until a worker has its guardian, and returns it. */
export async function guardianOf(workerPid: number, not?: number): Promise<number> {
  let pid: number | undefined;
  await waitUntil(`worker ${workerPid} has a guardian`, () => {
    [pid] = guardiansOf(workerPid).filter((one) => one !== not);
    return pid !== undefined;
  });
  return pid as number;
}

/** Living processes that were given the folder; with the argument's end, for `/x/1` begins `/x/12` too. */
export function programsOf({ dir }: Processes): number[] {
  return processesWithArgument(`${dir}\0`);
}

/** A worker process as the next one of its host knows it. */
export interface Identity {
  hostId: string;
  pid: number;
  ticks: string;
}

/** A suite with workers that die; it has one worker for workflows, on the task queue `workflows`. */
export class CrashScene {
  private readonly hostIds = new Set<string>();
  private readonly ownWorkers: ChildProcess[] = [];

  private constructor(readonly suite: CancelSuite) {}

  static async open(...where: Parameters<typeof CancelSuite.open>): Promise<CrashScene> {
    const scene = new CrashScene(await CancelSuite.open(...where));
    await scene.suite.worker('workflows', { plugin: false });
    return scene;
  }

  /** A worker for activities on a task queue of its own; `host` names its host, by default that of the queue. */
  async worker(
    queue: string,
    { host = queue, ...plugin }: ReaperPluginOptions & { host?: string } = {},
    more: Partial<WorkerFixture> = {},
    through?: string[],
  ): Promise<WorkerProcess> {
    const hostId = this.hostId(host);
    return this.suite.worker(queue, { workflows: false, plugin: { hostId, escalation, ...plugin }, ...more }, through);
  }

  hostId(host: string): string {
    const hostId = this.suite.unique(`host-${host}`);
    this.hostIds.add(hostId);
    return hostId;
  }

  /** The same as the leader of a process group of its own, as a shell or a service manager starts it. */
  async groupWorker(queue: string): Promise<ChildProcess> {
    const fixture: WorkerFixture = {
      address: this.suite.address,
      taskQueue: this.suite.unique(queue),
      workflows: false,
      plugin: { hostId: this.hostId(queue), control: false, escalation },
    };
    const child = spawn(process.execPath, [WORKER, JSON.stringify(fixture)], {
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
      env: { ...process.env, NODE_OPTIONS: '', REAPER_TEST_RUN: this.suite.run.id },
    });
    this.ownWorkers.push(child);
    let text = '';
    child.stdout?.on('data', (data: Buffer) => (text += data.toString()));
    await waitUntil(`the worker on ${queue} is ready`, () => text.includes('ready'), { timeoutMs: 45_000 });
    return child;
  }

  identify(worker: { pid?: number }, host: string): Identity {
    const pid = worker.pid as number;
    return { hostId: markedHost(this.hostId(host)), pid, ticks: startTicks(pid) as string };
  }

  hasReport({ hostId, pid, ticks }: Identity): boolean {
    return existsSync(reportFileOf(hostId, pid, ticks));
  }

  /** Runs each of the processes as an activity on a task queue, and waits until all are there. */
  async run(queue: string, all: Processes[], more: Partial<Step> = {}): Promise<void> {
    const taskQueue = this.suite.unique(queue);
    await this.suite.start('workflows', 'runAll', [
      all.map((processes) => processes.step({ taskQueue, options: { retry: { maximumAttempts: 1 } }, ...more })),
    ]);
    for (const processes of all) await processes.started();
  }

  /** Waits until nothing of them is left: neither the processes that announced themselves, nor any other. */
  async gone(all: Processes[]): Promise<void> {
    for (const processes of all) {
      await processes.died();
      await waitUntil(`nothing of ${processes.name} is left`, () => programsOf(processes).length === 0);
    }
  }

  /** Ends everything, workers that were stopped and reports included. */
  async end(): Promise<void> {
    for (const child of this.ownWorkers) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await this.suite.end();
    for (const hostId of this.hostIds) {
      await waitUntil(`the guardians of ${hostId} have ended`, () => {
        return processesWithArgument(`{"mark":{"hostId":"${markedHost(hostId)}"`).length === 0;
      });
      this.removeReports(hostId);
    }
  }

  /** The folder is the user's, not ours. */
  private removeReports(hostId: string): void {
    const folder = dirname(reportFileOf(hostId, 1, '1'));
    if (!existsSync(folder)) return;
    for (const name of readdirSync(folder)) if (name.includes(hostId)) rmSync(join(folder, name), { force: true });
  }

  /** A file that does not exist yet. */
  newFile(name: string): string {
    return join(this.suite.run.newDir(), name);
  }
}
