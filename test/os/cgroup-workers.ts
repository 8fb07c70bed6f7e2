import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { WorkerSays } from '../fixtures/cgroup-worker';
import { type ElusiveName, type FixtureName, elusiveFixtures, processFixtures } from '../fixtures/processes';
import type { TestRun } from '../fixtures/processes/test-run';
import { waitUntil } from '../helpers/wait-until';
import type { LabOptions } from './cgroup-lab';

const ENTRY = resolve(__dirname, '../../dist/test/fixtures/cgroup-worker.js');

/** A worker process without a server, with one program in one attempt. */
export class LabWorker {
  private constructor(
    readonly child: ChildProcess,
    readonly says: WorkerSays,
    private readonly dir: string,
  ) {}

  /** The command line of such a worker, whose program is a fixture. */
  static command(dir: string, options: LabOptions, fixture: FixtureName | ElusiveName): string[] {
    const { command, args } = { ...processFixtures, ...elusiveFixtures }[fixture];
    return [process.execPath, ENTRY, JSON.stringify(options), join(dir, 'says'), command, ...args(dir)];
  }

  /** @param before a command that becomes the worker */
  static async start(
    run: TestRun,
    options: LabOptions,
    fixture: FixtureName | ElusiveName,
    before: string[] = [],
    dir: string = run.newDir(),
  ): Promise<LabWorker> {
    const [file, ...args] = [...before, ...LabWorker.command(dir, options, fixture)];
    const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...run.env, NODE_OPTIONS: '' } });
    return new LabWorker(child, await LabWorker.said(dir, fixture), dir);
  }

  /** What a worker says, once its program's processes are there. */
  static async said(dir: string, fixture: FixtureName | ElusiveName): Promise<WorkerSays> {
    const { roles } = { ...processFixtures, ...elusiveFixtures }[fixture];
    for (const file of ['says', ...roles.map((role) => `${role}.pid`)]) {
      await waitUntil(`the worker has made ${file}`, () => existsSync(join(dir, file)));
    }
    return JSON.parse(readFileSync(join(dir, 'says'), 'utf8')) as WorkerSays;
  }

  pidOf(role: string): number {
    return Number(readFileSync(join(this.dir, `${role}.pid`), 'utf8'));
  }

  beatFile(role: string): string {
    return join(this.dir, `${role}.beat`);
  }

  /** Ends it by a signal. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const ended = new Promise((settle) => this.child.once('exit', settle));
    this.child.kill(signal);
    await ended;
  }
}
