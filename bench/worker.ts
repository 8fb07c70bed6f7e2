/** A worker process of the benchmark: `node worker.js <JSON of BenchWorker>`, with an IPC channel. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { ReaperPlugin, type ReaperPluginOptions } from '../src';
import * as activities from './activities';

export interface BenchWorker {
  address: string;
  taskQueue: string;
  plugin: boolean;
  /** More options of the plugin. */
  options?: ReaperPluginOptions;
  workflows: boolean;
}

const LAG_RESOLUTION_MS = 1;

async function main({ address, taskQueue, plugin, options: more, workflows }: BenchWorker): Promise<void> {
  const plugins = plugin ? [new ReaperPlugin({ hostId: `bench-${taskQueue}`, control: false, ...more })] : [];
  const connection = await NativeConnection.connect({ address, plugins });
  const options: WorkerOptions[] = [
    {
      connection,
      taskQueue,
      activities,
      workflowsPath: workflows ? require.resolve('./workflows') : undefined,
      maxConcurrentActivityTaskExecutions: 200,
    },
    // Polls the queue of the yardstick's kill.
    ...(workflows && !plugin ? [{ connection, taskQueue: `${taskQueue}/host`, activities }] : []),
  ];
  const workers = await Promise.all(options.map((one) => Worker.create(one)));
  const lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  lag.enable();
  process.on('message', (ask) => {
    if (ask === 'reset lag') lag.reset();
    // A timer of 1 ms is late by 1 ms at best: anything beyond that is lag.
    process.send?.({ lagMs: Math.max(0, lag.max / 1e6 - LAG_RESOLUTION_MS) });
  });
  process.on('disconnect', () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  });
  const announce = setInterval(() => {
    if (workers.some((worker) => worker.getState() !== 'RUNNING')) return;
    clearInterval(announce);
    process.send?.('ready');
  }, 10);
  await Promise.all(workers.map((worker) => worker.run()));
  await connection.close();
  process.exit(0);
}

main(JSON.parse(process.argv[2]) as BenchWorker).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
