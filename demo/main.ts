/**
 * `npm run demo`: real work on two hosts, cancelled with the `temporal` command itself.
 *   (no option)  shows what became of every process; exit code 0 only if none is left
 *   --without    the same without temporal-reaper: shows what is left, and cleans up
 *   --picture    also draws docs/demo.svg
 *   --keep       leaves server, web UI and workers running until Ctrl-C, for you to try
 */
import { type ChildProcess, execFile, fork, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import pc from 'picocolors';
import { type DevServer, projectRoot, startDevServer, temporalCli } from '../dev/dev-server';
import { readStory } from './history';
import { processesOf, type Seen, sweep, witness } from './kernel';
import { renderFates, renderSeen, renderTimeline } from './render';
import { timelineSvg } from './timeline-svg';

const WORKERS = [
  { hostId: 'host-a', role: 'main' },
  { hostId: 'host-b', role: 'main' },
  { hostId: 'host-b', role: 'blocking' },
];
/** The number of processes that each activity has once it is fully running. */
const EXPECTED: Record<string, number> = { compile: 4, compress: 1, ignoreSigterm: 1, daemonise: 2, execSync: 3 };

/** Long enough for the workers to finish their own start. */
const WORK_MS = 3_000;

class Demo {
  private readonly run = randomUUID();
  private readonly folder = mkdtempSync(join(tmpdir(), 'temporal-reaper-demo-'));
  private readonly watchdog: ChildProcess;
  private readonly workers: ChildProcess[] = [];
  private server?: DevServer;
  private client?: Client;

  constructor(
    readonly options: { plugin: boolean; keep: boolean; picture: boolean },
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
    this.server = await startDevServer({ ui: this.options.keep, logDir: this.folder });
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
  async cancel(workflowId: string): Promise<void> {
    this.say('Cancelling');
    const args = ['workflow', 'cancel', '-w', workflowId, '--address', this.server!.address];
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
      `  node ${cli} cancel ${workflowId}`,
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

function count(seen: Seen[]): string {
  return `${seen.length} process${seen.length === 1 ? '' : 'es'}`;
}

/** Returns whether nothing is left. */
async function showWith(demo: Demo, workflowId: string): Promise<boolean> {
  await demo.startWork(workflowId);
  demo.say('Letting them work for a while');
  await sleep(WORK_MS);
  const before = demo.jobs();
  console.log(`Workflow ${pc.bold(workflowId)}: 5 activities with ${count(before)}; none heartbeats, none kills\n`);
  await demo.cancel(workflowId);
  await demo.untilClosed(workflowId, 30_000);
  const left = demo.jobs();
  const story = await demo.story(workflowId);
  demo.say('');
  if (demo.options.picture) writeFileSync(join(projectRoot(), 'docs', 'demo.svg'), timelineSvg(story));
  const alive = new Set(left.map(({ pid }) => pid));
  console.log(`${renderTimeline(story)}\n\n${renderFates(story, before, (pid) => alive.has(pid))}\n`);
  if (story.closedAt === undefined) console.log(pc.red(`The workflow is still ${story.status}.`));
  if (left.length === 0) console.log(`${pc.green('Nothing is left')}, says an independent look (${witness}).`);
  else console.log(`${pc.red(`${count(left)} left`)}, says an independent look (${witness}):\n${renderSeen(left)}`);
  return left.length === 0 && story.closedAt !== undefined;
}

/** The negative control: a demo that cannot fail would prove nothing. */
async function showWithout(demo: Demo, workflowId: string): Promise<boolean> {
  const before = await demo.startWork(workflowId);
  console.log(
    `Workflow ${pc.bold(workflowId)}: 5 activities with ${count(before)}, ${pc.bold('without temporal-reaper')}\n`,
  );
  await demo.cancel(workflowId);
  await demo.untilClosed(workflowId, 5_000);
  const afterCancel = demo.jobs();
  const { status } = await demo.story(workflowId);
  demo.say('Ending the workers');
  await demo.crashWorkers();
  await sleep(1_000);
  const afterCrash = demo.jobs();
  demo.say('');
  console.log(`  5 s after the cancel:     workflow ${status}, ${pc.red(`${count(afterCancel)} alive`)}`);
  console.log(`  1 s after a worker crash: ${pc.red(`${count(afterCrash)} alive`)}, nobody left to end them\n`);
  console.log(`${renderSeen(afterCrash)}\n`);
  return true;
}

async function waitingLine(): Promise<(text: string) => void> {
  const { isTTY, columns } = process.stderr;
  if (!isTTY || !(columns > 0)) return () => undefined;
  const { default: ora } = await import('ora'); // ESM only
  // discardStdin would put the terminal into raw mode and take Ctrl-C away
  const spinner = ora({ stream: process.stderr, discardStdin: false });
  const write = console.log.bind(console);
  console.log = (...args: unknown[]) => {
    const { isSpinning } = spinner;
    spinner.stop();
    write(...args);
    if (isSpinning) spinner.start();
  };
  return (text) => (text === '' ? spinner.stop() : spinner.start(text));
}

function interruption(): Promise<number> {
  return new Promise((resolve) => {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      process.on(signal, () => resolve(code));
    }
    // The reader of our output is gone.
    process.stdout.on('error', () => resolve(141));
    // npm sends a SIGTERM only to the shell between us, which dies without telling us.
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && resolve(143), 300).unref();
  });
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const unknown = args.filter((arg) => !['--keep', '--without', '--picture'].includes(arg));
  if (unknown.length > 0 || args.length > 1) {
    console.error('Usage: npm run demo [-- --keep | --without | --picture]');
    process.exit(2);
  }
  const keep = args.includes('--keep');
  const plugin = !args.includes('--without');
  const interrupted = interruption();
  const say = await waitingLine();
  const demo = new Demo({ plugin, keep, picture: args.includes('--picture') }, say);

  let isInvited = false;
  let isEnding = false;
  const show = async (): Promise<number> => {
    await demo.start();
    const isClean = await (plugin ? showWith : showWithout)(demo, 'demo');
    if (keep) {
      await demo.startWork('demo-by-hand');
      say('');
      demo.invite('demo-by-hand');
      isInvited = true;
      await interrupted;
    }
    return isClean ? 0 : 1;
  };
  const shown = show().catch((error: unknown) => {
    if (isEnding) return 1; // it lost its server
    say('');
    console.error(error instanceof Error ? [error.message, error.cause].filter(Boolean).join(': ') : error);
    return 1;
  });
  // With --keep, Ctrl-C is the normal end.
  let code = await Promise.race([shown, interrupted.then((signalled) => (isInvited ? shown : signalled))]);
  isEnding = true;
  say('Cleaning up');
  const left = await demo.end();
  say('');
  if (left.length > 0) {
    console.log(`${pc.red('Could not be ended:')}\n${renderSeen(left)}`);
    code = 1;
  } else console.log(pc.dim('Server, workers and files of the demo are gone.'));
  process.exit(code);
}

void main();
