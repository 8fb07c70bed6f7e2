import { type ChildProcess, execFile, fork, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import pc from 'picocolors';
import { type DevServer, projectRoot, startDevServer, temporalCli } from '../dev/dev-server';
import { readStory } from './history';
import { processesOf, type Seen, sweep } from './kernel';

const WORKERS = [
  { hostId: 'host-a', role: 'main' },
  { hostId: 'host-b', role: 'main' },
  { hostId: 'host-b', role: 'blocking' },
];
/** The number of processes that each activity has once it is fully running. */
const EXPECTED: Record<string, number> = { compile: 4, compress: 1, ignoreSigterm: 1, daemonise: 2, execSync: 3 };

/** Long enough for the workers to finish their own start. */
export const WORK_MS = 3_000;

/** A server, workers on two hosts and real work; all of it ends, however this process ends. */
export class Demo {
  private readonly run = randomUUID();
  readonly folder = mkdtempSync(join(tmpdir(), 'temporal-reaper-demo-'));
  private readonly watchdog: ChildProcess;
  private readonly workers: ChildProcess[] = [];
  /** What else to end, before the workers and the server. */
  readonly guests: { end(): Promise<void> }[] = [];
  server?: DevServer;
  client?: Client;

  constructor(
    private readonly options: { plugin: boolean; ui: boolean },
    /** Shows what the demo is waiting for. */
    readonly say: (waiting: string) => void,
  ) {
    const { plugin } = options;
    // Settings for another server must reach neither the CLI nor the workers.
    for (const name of Object.keys(process.env)) {
      if (name.startsWith('TEMPORAL_') && name !== 'TEMPORAL_CLI') delete process.env[name];
    }
    Object.assign(process.env, { DEMO_RUN: this.run, DEMO_DIR: this.folder, DEMO_PLUGIN: plugin ? 'on' : 'off' });
    // The watchdog survives even a SIGKILL of this process.
    this.watchdog = spawn(process.execPath, [join(__dirname, 'watchdog.js'), this.run, this.folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    this.watchdog.stdin?.on('error', () => undefined); // EPIPE if the watchdog has ended first
  }

  /** Starts the server and the workers. */
  async start(): Promise<void> {
    this.say('Starting the Temporal server');
    this.server = await startDevServer({ ui: this.options.ui, logDir: this.folder });
    const { address, serverVersion } = this.server;
    this.client = new Client({ connection: await Connection.connect({ address }) });
    this.say('Starting the workers');
    await Promise.all(WORKERS.map((worker) => this.startWorker(worker, address)));
    console.log(
      `Temporal server ${serverVersion} at ${address}, workers of ${pc.bold('host-a')} and ${pc.bold('host-b')}`,
    );
  }

  private async startWorker({ hostId, role }: (typeof WORKERS)[number], address: string): Promise<void> {
    const log = join(this.folder, `${hostId}-${role}.log`);
    const out = openSync(log, 'a');
    const worker = fork(join(__dirname, 'worker.js'), {
      detached: true, // a Ctrl-C reaches only us, and we end the workers in order
      stdio: ['ignore', out, out, 'ipc'],
      env: { ...process.env, TEMPORAL_ADDRESS: address, REAPER_HOST_ID: hostId, DEMO_ROLE: role },
    });
    closeSync(out);
    this.workers.push(worker);
    const ready = await Promise.race([
      once(worker, 'message').then(() => true),
      once(worker, 'exit').then(() => false),
      sleep(60_000, false, { ref: false }),
    ]);
    if (!ready)
      throw new Error(`A worker of ${hostId} does not get ready:\n${readFileSync(log, 'utf8').slice(-2_000)}`);
  }

  /** Starts the workflow; resolves when all its activities have their processes. */
  async startWork(workflowId: string): Promise<Seen[]> {
    this.say('Starting the work');
    await this.client!.workflow.start('buildAndPack', { taskQueue: 'demo', workflowId });
    const deadline = Date.now() + 30_000;
    for (;;) {
      const seen = this.jobs();
      const missing = Object.keys(EXPECTED).filter(
        (job) => seen.filter((each) => each.job === job).length < EXPECTED[job],
      );
      if (missing.length === 0) return seen;
      if (Date.now() > deadline) throw new Error(`The activities ${missing.join(', ')} do not start their processes`);
      await sleep(50);
    }
  }

  /** The living processes that activities have started. */
  jobs(): Seen[] {
    return processesOf(this.run).filter(({ job }) => job !== undefined);
  }

  /** Uses the Temporal CLI: temporal-reaper takes no part in the request. */
  async cancel(workflowId: string, options: string[] = []): Promise<void> {
    this.say('Cancelling');
    const args = ['workflow', 'cancel', '-w', workflowId, '--address', this.server!.address, ...options];
    await promisify(execFile)(temporalCli(), args, { timeout: 30_000 });
    console.log(`${pc.green('$')} temporal workflow cancel -w ${workflowId}\n`);
  }

  async untilClosed(workflowId: string, limitMs: number): Promise<void> {
    this.say('Waiting for the workflow to close');
    const closed = this.client!.workflow.getHandle(workflowId)
      .result()
      .catch(() => undefined); // cancelled, as asked
    await Promise.race([closed, sleep(limitMs, undefined, { ref: false })]);
  }

  story(workflowId: string): ReturnType<typeof readStory> {
    return readStory(this.client!, workflowId);
  }

  invite(workflowId: string): void {
    const { address, uiPort } = this.server!;
    const cli = relative(process.cwd(), join(projectRoot(), 'dist', 'src', 'cli', 'main.js'));
    const temporal = temporalCli();
    const lines = [
      `${pc.bold('Still running')}: workflow ${workflowId} with ${this.jobs().length} processes. Ctrl-C ends everything.`,
      `  Web UI  http://127.0.0.1:${uiPort}`,
      `  Server  ${address}`,
      `  Logs    ${this.folder}`,
      pc.bold('To try, in another terminal:'),
      `  export TEMPORAL_ADDRESS=${address}`,
      `  ${temporal} workflow cancel -w ${workflowId}`,
      `  node ${cli} ps`,
      `  node ${cli} hosts`,
      `  node ${cli} cancel -w ${workflowId}`,
      `  ${temporal} workflow start --type buildAndPack -t demo -w demo-again`,
    ];
    console.log(`\n${lines.join('\n')}`);
  }

  /** Kills the workers at once, as a crash would. */
  async crashWorkers(): Promise<void> {
    await Promise.all(this.workers.map((worker) => endNow(worker)));
  }

  /** Ends everything. Returns the processes that could not be ended. */
  async end(): Promise<Seen[]> {
    await Promise.all(this.guests.map((guest) => guest.end()));
    // A disconnect asks for an orderly shutdown.
    const exits = this.workers.filter(isRunning).map((worker) => {
      const exit = once(worker, 'exit');
      if (worker.connected) worker.disconnect();
      return exit;
    });
    await Promise.race([Promise.all(exits), sleep(this.options.plugin ? 5_000 : 200, undefined, { ref: false })]);
    await this.crashWorkers();
    await this.server?.stop();
    const left = await sweep(this.run, ({ pid }) => pid === this.watchdog.pid);
    if (isRunning(this.watchdog)) {
      const exit = once(this.watchdog, 'exit');
      this.watchdog.stdin?.end();
      await Promise.race([exit, sleep(10_000, undefined, { ref: false })]);
    }
    if (existsSync(this.folder)) console.error(`Could not remove ${this.folder}`);
    return left;
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function endNow(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
