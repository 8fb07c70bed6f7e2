import { type ChildProcess, fork, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { type DevServer, startDevServer } from '../dev/dev-server';
import type { BenchWorker } from './worker';

/** Server, workers and files of a benchmark; nothing outlives this process. */
export class BenchRun {
  readonly folder = mkdtempSync(join(tmpdir(), 'temporal-reaper-bench-'));
  private readonly children: ChildProcess[] = [];
  private readonly watchdog: ChildProcess;
  private server!: DevServer;
  client!: Client;

  constructor() {
    for (const name of Object.keys(process.env)) {
      if (name.startsWith('TEMPORAL_') && name !== 'TEMPORAL_CLI') delete process.env[name];
    }
    const run = (process.env.DEMO_RUN = randomUUID());
    this.watchdog = spawn(process.execPath, [join(__dirname, '..', 'demo', 'watchdog.js'), run, this.folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
  }

  /** What was not measured because it did not happen. */
  readonly failures: string[] = [];

  async noteFailure(what: string, handle: WorkflowHandle): Promise<void> {
    this.failures.push(what);
    const { events } = await handle.fetchHistory();
    console.error(`bench: FAILED: ${what} (${handle.workflowId})`);
    for (const { eventId, eventTime, ...attributes } of events ?? []) {
      const [name, value] = Object.entries(attributes).find(([key, each]) => key.endsWith('Attributes') && each) ?? [];
      const at = Number(eventTime?.seconds) * 1000 + Math.round((eventTime?.nanos ?? 0) / 1e6);
      console.error(`  ${String(eventId)} ${at} ${name} ${JSON.stringify(value).slice(0, 300)}`);
    }
    for (const log of readdirSync(this.folder).filter((file) => file.startsWith('worker-'))) {
      console.error(`  ${log}: ${readFileSync(join(this.folder, log), 'utf8').slice(-1_500)}`);
    }
  }

  get serverVersion(): string {
    return this.server.serverVersion;
  }

  get address(): string {
    return this.server.address;
  }

  get metricsPort(): number {
    return this.server.metricsPort;
  }

  async startServer(): Promise<void> {
    this.server = await startDevServer({ logDir: this.folder });
    this.client = new Client({ connection: await Connection.connect({ address: this.server.address }) });
  }

  async startWorker(options: Omit<BenchWorker, 'address'>): Promise<ChildProcess> {
    const log = join(this.folder, `worker-${options.taskQueue}.log`);
    const out = openSync(log, 'a');
    const argument = JSON.stringify({ address: this.server.address, ...options });
    const worker = fork(join(__dirname, 'worker.js'), [argument], {
      detached: true,
      stdio: ['ignore', out, out, 'ipc'],
    });
    closeSync(out);
    this.children.push(worker);
    const ready = await Promise.race([
      once(worker, 'message').then(() => true),
      once(worker, 'exit').then(() => false),
      sleep(60_000, false, { ref: false }),
    ]);
    if (!ready) throw new Error(`A worker does not get ready:\n${readFileSync(log, 'utf8').slice(-2_000)}`);
    return worker;
  }

  /** Starts processes unrelated to Temporal. Resolves when all are running, with a function that kills them. */
  async startStrangers(count: number): Promise<() => Promise<void>> {
    const script = `i=0; while [ $i -lt ${count} ]; do sleep 900 & i=$((i+1)); done; echo up; wait`;
    const parent = spawn('sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    await Promise.race([once(parent.stdout, 'data'), once(parent, 'exit')]);
    if (parent.exitCode !== null) throw new Error(`${count} strangers cannot be started`);
    return async () => {
      const exit = once(parent, 'exit');
      process.kill(-parent.pid!, 'SIGKILL');
      await exit;
    };
  }

  /** Kills the workers and stops the server; the watchdog does the rest. */
  async end(): Promise<void> {
    for (const child of this.children) child.kill('SIGKILL');
    await this.server?.stop();
    const exit = once(this.watchdog, 'exit');
    this.watchdog.stdin?.end();
    await Promise.race([exit, sleep(15_000, undefined, { ref: false })]);
  }
}
