/**
 * The demo's worker: `node dist/demo/worker.js`, also used by docker-compose.yml.
 *
 *   TEMPORAL_ADDRESS  default localhost:7233; waits until the server answers
 *   REAPER_HOST_ID    default: the hostname
 *   DEMO_ROLE         `main`: workflows and activities; `blocking`: activities that block the main loop, which need a
 *                     process of their own; default: main, and it also starts the other
 *   DEMO_PLUGIN       `off`: without temporal-reaper
 *   DEMO_METRICS_PORT serves metrics for Prometheus on this port; the other process on the one after it
 */
import { type ChildProcess, fork } from 'node:child_process';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  NativeConnection,
  type NativeConnectionOptions,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { ReaperPlugin } from '../src';
import * as activities from './activities';

const RETRY_MS = 1_000;
/** How long the other process may take to stop. */
const STOP_MS = 10_000;

const address = process.env.TEMPORAL_ADDRESS ?? 'localhost:7233';
const hostId = process.env.REAPER_HOST_ID ?? hostname();
const role = process.env.DEMO_ROLE;
const metricsPort = process.env.DEMO_METRICS_PORT;

function serveMetrics(): void {
  if (!metricsPort) return;
  // The SDK's buckets end at 10 s; a kill takes up to 30.
  const histogramBucketOverrides = {
    temporal_reaper_kill_duration: [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000],
  };
  const prometheus = { bindAddress: `0.0.0.0:${metricsPort}`, histogramBucketOverrides };
  Runtime.install({ telemetryOptions: { metrics: { prometheus } } });
}

async function connect(options: NativeConnectionOptions): Promise<NativeConnection> {
  for (let tries = 0; ; tries++) {
    try {
      return await NativeConnection.connect(options);
    } catch (error) {
      if (tries === 0) console.error(`Waiting for the Temporal server at ${address}: ${String(error)}`);
      await sleep(RETRY_MS);
    }
  }
}

function workersOf(connection: NativeConnection): Promise<Worker[]> {
  const options: WorkerOptions[] =
    role === 'blocking'
      ? [{ connection, taskQueue: `demo/${hostId}/blocking`, activities }]
      : [
          { connection, taskQueue: 'demo', workflowsPath: require.resolve('./workflows') },
          { connection, taskQueue: `demo/${hostId}`, activities },
        ];
  return Promise.all(options.map((one) => Worker.create(one)));
}

/** Starts the process for activities that block. @returns a function that ends it */
function startSecond(ended: () => void): () => void {
  const ports = metricsPort ? { DEMO_METRICS_PORT: `${Number(metricsPort) + 1}` } : {};
  const second: ChildProcess = fork(__filename, { env: { ...process.env, ...ports, DEMO_ROLE: 'blocking' } });
  let isEnding = false;
  second.once('exit', (code) => {
    if (code !== 0 && !isEnding) process.exitCode = 1;
    ended();
  });
  const end = (): void => {
    if (isEnding) return;
    isEnding = true;
    if (second.connected) second.disconnect();
    // While an activity blocks its main loop, it hears neither us nor a signal. Its guardian kills what it leaves.
    setTimeout(() => second.kill('SIGKILL'), STOP_MS).unref();
  };
  // The same signals end our own workers, which may take longer.
  process.once('SIGTERM', end).once('SIGINT', end);
  return end;
}

async function main(): Promise<void> {
  serveMetrics();
  const plugin = new ReaperPlugin({
    hostId,
    control: role !== 'blocking',
    // A program that ignores SIGTERM gets one second; all others have the usual 25 to clean up.
    escalation: { activities: { ignoreSigterm: { graceMs: '1s' } } },
  });
  const connection = await connect({ address, plugins: process.env.DEMO_PLUGIN === 'off' ? [] : [plugin] });
  const workers = await workersOf(connection);

  const stop = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  // The process that started us is gone, or wants us to stop.
  process.on('disconnect', stop);
  const announce = setInterval(() => {
    if (workers.some((worker) => worker.getState() !== 'RUNNING')) return;
    clearInterval(announce);
    process.send?.('ready');
    console.error(`${hostId}: ready`);
  }, 10);

  const endSecond = role === undefined ? startSecond(stop) : undefined;
  await Promise.all(workers.map((worker) => worker.run()));
  endSecond?.();
  await connection.close();
  // Now only the second process keeps us alive; it ends by itself.
  if (process.connected) process.disconnect();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
