import type { WorkflowHandle } from '@temporalio/client';
import { type DevServer, startDevServer } from '../../helpers/dev-server';
import { processesWithArgument } from '../../helpers/kernel-oracle';
import { waitUntil } from '../../helpers/wait-until';
import { CancelSuite } from './suite';

jest.setTimeout(120_000);

// The server lets a namespace have so many long polls at once: enough for those of its task queues, and fewer than there are
// runs to watch.
const LIMIT = 40;
const RUNS = 50;
const FEW_POLLERS = { maxConcurrentActivityTaskPolls: 2, maxConcurrentWorkflowTaskPolls: 2 };
/** A host looks at ten runs a second where it has no poll; the rest is for a machine that is busy. */
const WITHIN_MS = 15_000;

let server: DevServer;
let suite: CancelSuite;
beforeAll(async () => {
  server = await startDevServer({ extraArgs: ['--dynamic-config-value', `frontend.namespaceCount=${LIMIT}`] });
  suite = await CancelSuite.open(server.address);
  await Promise.all([
    suite.worker('a', { worker: FEW_POLLERS }),
    suite.worker('unguarded', { plugin: false, workflows: false, worker: FEW_POLLERS }),
  ]);
});
afterAll(async () => {
  await suite?.end();
  await server?.stop();
});

/** Runs with a process each that has the mark in its command line. */
async function start(count: number, mark: string, queue = 'a'): Promise<WorkflowHandle[]> {
  const step = { name: 'run', args: ['sh', ['-c', `sleep 1000 # ${mark}`]], taskQueue: suite.unique(queue) };
  const handles = await Promise.all(Array.from({ length: count }, () => suite.start('a', 'runAll', [[step]])));
  await waitUntil(`${mark} has its processes`, () => alive(mark) === count, { timeoutMs: 60_000, everyMs: 100 });
  return handles;
}

function alive(mark: string): number {
  return processesWithArgument(mark).length;
}

test(`${RUNS} runs, and room for ${LIMIT} long polls: each terminate kills, and the user still gets results`, async () => {
  const [mark, spared, bare] = ['watched', 'spared', 'bare'].map((name) => suite.unique(name));
  const handles = await start(RUNS, mark);
  await start(1, spared);
  const [control] = await start(1, bare, 'unguarded');
  // Whoever waits for a result, and a worker's own polls, compete with the watch.
  const echo = await suite.start('a', 'runAll', [[{ name: 'echo', args: ['free'] }]]);
  expect(await echo.result()).toEqual(['free']);
  const results = Promise.allSettled(handles.slice(0, 10).map((handle) => handle.result()));
  await Promise.all([...handles, control].map((handle) => handle.terminate('test')));
  await waitUntil('all are dead', () => alive(mark) === 0, { timeoutMs: WITHIN_MS, everyMs: 50 });
  const ends = (await results).map((result) => (result.status === 'rejected' ? String(result.reason) : 'returned'));
  expect(new Set(ends)).toEqual(new Set(['WorkflowFailedError: test']));
  const metrics = await (await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`)).text();
  expect(metrics).toMatch(/^service_errors_resource_exhausted{.*PollWorkflowExecutionHistory.*} [1-9]/m); // it was at its limit
  // The negative controls: a run that goes on, and a worker without the plugin.
  expect([alive(spared), alive(bare)]).toEqual([1, 1]);
});
