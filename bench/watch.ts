/**
 * `npm run bench:watch -- [--runs N] [--json FILE]`: how long after the end of a run its process is dead, where only the
 * watch tells the worker of it, with 10, 100 and 200 runs on its host; and how much the watch asks. About six minutes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchRun } from './bench-run';
import { type Ending, ENDINGS, Population } from './population';
import { runBenchmark, say } from './program';
import type { Row } from './report';
import { requestsAtRest } from './rest-requests';

const DEFAULT_RUNS = 10;
const SIZES = [10, 100, 200];
const HOSTS = 100;
const GOALS: Record<Ending, [p50: number, p99: number]> = {
  terminate: [80, 250],
  close: [80, 250],
  cancel: [1_000, 1_000],
};

const HOW_TO_READ = `
- One worker with the plugin runs the activities, another one without it the workflows: no interceptor tells of anything.
- The clock starts when the benchmark calls \`terminate\`, \`cancel\`, or signals a workflow that returns and leaves its
  activity behind. "last death" is the end of a FIFO whose write end the process holds: the kernel's word, not ours.
- Each n is a run of its own, the oldest of those on the host; another one takes its place. The goal of "last death" is for
  the p50, the one of "99 of 100" for the p99, which is the nearest rank: below 100 runs it is the worst run.
- "all at once": every run of the host is terminated at the same time, by one client.
- Requests are counted by the server: polls of histories and descriptions of runs. The server ends a poll without news after 20 s,
  and a run is described every 5 s, or as often as 10 descriptions a second and host allow. None is a billed action.
- Each run with a process holds one long poll open: at most 400 for a host. The server limits them for each namespace and
  frontend (\`frontend.namespaceCount\`, 1,200 by default), together with those of clients that wait for a result.
`;

async function sizeRows(run: BenchRun, rounds: number, metricsPort: number, size: number): Promise<Row[]> {
  const population = new Population(run, { workflows: 'plain', activities: 'watched' });
  await population.grow(size);
  await sleep(25_000); // until the polls are as long as they become
  const perSecond = await requestsAtRest(metricsPort);
  const group = `${size} runs`;
  const rows: Row[] = [
    { group, what: 'requests at rest, each run', unit: 'per s', values: [perSecond / size], goal: 0.3 },
    { group, what: 'requests at rest, the host', unit: 'per s', values: [perSecond] },
    { group, what: `requests at rest, ${HOSTS} such hosts`, unit: 'per s', values: [perSecond * HOSTS] },
  ];
  const latencies = Object.fromEntries(Object.keys(ENDINGS).map((name) => [name, []])) as unknown as Record<
    Ending,
    number[]
  >;
  for (let round = 0; round < rounds; round++) {
    for (const ending of Object.keys(ENDINGS) as Ending[]) {
      await sleep(100 + Math.random() * 400); // no timer is met always at the same phase
      latencies[ending].push(await population.endOldest(ending));
    }
  }
  for (const ending of Object.keys(ENDINGS) as Ending[]) {
    const [p50, p99] = GOALS[ending];
    const values = latencies[ending];
    rows.push({ group, what: `${ending}: last death`, unit: 'ms', values, goal: p50 });
    const sorted = [...values].sort((a, b) => a - b);
    const worst = sorted[Math.ceil(0.99 * sorted.length) - 1];
    rows.push({ group, what: `${ending}: 99 of 100`, unit: 'ms', values: [worst], goal: p99 });
  }
  await sleep(3_000);
  rows.push({ group, what: 'terminate, all at once: last death', unit: 'ms', values: await population.endAll() });
  return rows;
}

async function measure(run: BenchRun, runs: number): Promise<{ rows: Row[]; runs: number }> {
  await run.startWorker({ taskQueue: 'watched', plugin: true, workflows: false });
  await run.startWorker({ taskQueue: 'plain', plugin: false, workflows: true });
  const rows: Row[] = [];
  for (const size of SIZES) {
    say(`${size} runs on the host`);
    rows.push(...(await sizeRows(run, runs, run.metricsPort, size)));
  }
  return { rows, runs };
}

runBenchmark({
  name: 'watch',
  title: 'Watch',
  howToRead: HOW_TO_READ,
  defaultRuns: DEFAULT_RUNS,
  needsServer: true,
  measure,
});
