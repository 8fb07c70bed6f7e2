/**
 * A worker of the benchmark that lives for one activity: `node start-worker.js <JSON of StartWorker>`. Prints its `Started`
 * as one line of JSON.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type * as Package from '../src';

export interface StartWorker {
  address: string;
  taskQueue: string;
  plugin: boolean;
  /** Whether it also runs workflows, whose bundle `Worker.create` makes. */
  workflows: boolean;
}

export interface Started {
  /** Time from `run()` to the first line of the first activity. */
  firstMs: number;
  /** Time from before the plugin was loaded to the same line. */
  fromLoadMs: number;
  /** Time from `shutdown()` until `run()` has settled. */
  stopMs: number;
}

/** Long enough for everything that a start puts off. */
const LIFE_MS = 3_000;

async function main({ address, taskQueue, plugin, workflows }: StartWorker): Promise<void> {
  const begun = performance.now();
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loading it is part of what is measured
  const plugins = plugin ? [new (require('../src') as typeof Package).ReaperPlugin()] : [];
  const connection = await NativeConnection.connect({ address, plugins });
  let first!: (at: number) => void;
  const started = new Promise<number>((resolve) => (first = resolve));
  const nothing = async (): Promise<void> => first(performance.now());
  const workflowsPath = workflows ? require.resolve('./workflows') : undefined;
  const worker = await Worker.create({ connection, taskQueue, workflowsPath, activities: { nothing } });
  const run = performance.now();
  const running = worker.run();
  const startedAt = await started;
  await sleep(LIFE_MS);
  const stop = performance.now();
  worker.shutdown();
  await running;
  const stopMs = performance.now() - stop;
  await connection.close();
  console.log(JSON.stringify({ firstMs: startedAt - run, fromLoadMs: startedAt - begun, stopMs } satisfies Started));
}

main(JSON.parse(process.argv[2]) as StartWorker).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
