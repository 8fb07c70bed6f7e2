/** `npm run bench:start -- [--runs N] [--json FILE]`: what the plugin adds to a worker's start and end. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitUntil } from '../test/helpers/wait-until';
import type { BenchRun } from './bench-run';
import { runBenchmark, say } from './program';
import type { Row } from './report';
import type { StartWorker, Started } from './start-worker';

const HOW_TO_READ = `- Workers with the plain SDK and with the plugin, for activities only and for workflows too, in random order: each connects,
  runs, gets an activity that is already waiting for it, and is shut down after 3 s. A worker for workflows bundles them in
  Worker.create, before run(): the reaper is ready by then.
- "from run()" ends at the first line of that activity. "from the load of the plugin" begins before this package's \`require\`,
  when the SDK is loaded, so it includes the full cost of a start.
- The activity waits for the reaper thread to open its level, and for the start of the guardian; everything else that the
  reaper needs comes later.`;

const execute = promisify(execFile);

async function start(run: BenchRun, plugin: boolean, workflows: boolean): Promise<Started> {
  const taskQueue = `start-${randomUUID()}`;
  const { address } = run;
  const handle = await run.client.workflow.start('doNothing', {
    taskQueue: 'workflows',
    workflowId: taskQueue,
    args: [taskQueue],
  });
  await waitUntil('the activity waits for its worker', async () => {
    return Boolean((await handle.describe()).raw.pendingActivities?.length);
  });
  const argument = JSON.stringify({ address, taskQueue, plugin, workflows } satisfies StartWorker);
  const { stdout } = await execute(process.execPath, [join(__dirname, 'start-worker.js'), argument]);
  await handle.result();
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Started;
}

async function measure(run: BenchRun, runs: number): Promise<{ rows: Row[]; runs: number }> {
  await run.startWorker({ taskQueue: 'workflows', plugin: false, workflows: true });
  const kinds = [false, true].flatMap((workflows) => [false, true].map((plugin) => ({ workflows, plugin })));
  const measured = kinds.map((kind) => ({ ...kind, all: [] as Started[] }));
  for (let round = 0; round < runs; round++) {
    for (const { plugin, workflows, all } of [...measured].sort(() => Math.random() - 0.5)) {
      all.push(await start(run, plugin, workflows));
    }
    if ((round + 1) % 5 === 0) say(`${round + 1} of ${runs} rounds`);
  }
  const unit = 'ms' as const;
  const rows = measured.flatMap(({ plugin, workflows, all }): Row[] => {
    const group = `${workflows ? 'workflows and activities' : 'activities only'}, ${plugin ? 'with the plugin' : 'plain'}`;
    return [
      { group, what: 'first activity, from run()', unit, values: all.map(({ firstMs }) => firstMs) },
      { group, what: 'first activity, from the load of the plugin', unit, values: all.map((each) => each.fromLoadMs) },
      { group, what: 'from shutdown() until it has ended', unit, values: all.map(({ stopMs }) => stopMs) },
    ];
  });
  return { rows, runs };
}

runBenchmark({
  name: 'start',
  title: 'Start and end of a worker',
  howToRead: HOW_TO_READ,
  defaultRuns: 20,
  needsServer: true,
  measure,
});
