/**
 * The demo's worker: `node dist/demo/worker.js`, also used by docker-compose.yml.
 *
 *   TEMPORAL_ADDRESS  default localhost:7233; waits until the server answers
 *   REAPER_HOST_ID    default: the hostname
 *   DEMO_ROLE         `main`: workflows and activities; `blocking`: activities that block the main loop, which need a
 *                     process of their own; default: main, and it also starts the other
 *   DEMO_PLUGIN       `off`: without temporal-reaper
 */
import { type ChildProcess, fork } from 'node:child_process';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { NativeConnection, type NativeConnectionOptions, Worker, type WorkerOptions } from '@temporalio/worker';
import { ReaperPlugin } from '../src';
import * as activities from './activities';

const RETRY_MS = 1_000;

const address = process.env.TEMPORAL_ADDRESS ?? 'localhost:7233';
const hostId = process.env.REAPER_HOST_ID ?? hostname();
const role = process.env.DEMO_ROLE;

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

async function main(): Promise<void> {
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

  let second: ChildProcess | undefined;
  if (role === undefined) {
    second = fork(__filename, { env: { ...process.env, DEMO_ROLE: 'blocking' } });
    second.once('exit', (code) => {
      if (code !== 0) process.exitCode = 1;
      stop();
    });
  }
  await Promise.all(workers.map((worker) => worker.run()));
  if (second?.connected) second.disconnect();
  await connection.close();
  // Now only the second process keeps us alive; it ends by itself.
  if (process.connected) process.disconnect();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
