/**
 * `npm run bench:watch -- [--runs N] [--json FILE]`: how long after the end of a run its process is dead, if only the watch
 * tells the worker, with 10, 100 and 200 runs on its host; and how many requests the watch makes. About six minutes.
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
- A worker with the plugin runs the activities, another one without it the workflows, so no interceptor reports anything.
- The clock starts when the benchmark calls \`terminate\`, \`cancel\`, or signals a workflow that returns and leaves its
  activity behind. "last death" is the end of a FIFO whose write end the process holds, so the kernel reports it, not
  temporal-reaper.
- Each measurement ends the oldest run on the host; a new run takes its place. The goal of "last death" applies to the p50,
  that of "99 of 100" to the p99, which is the nearest rank: with fewer than 100 runs it is the worst run.
- "all at once": every run of the host is terminated at the same time, by one client. The server handles the
  calls one after another; the rows below split each time at the server's answer for that run.
- The server counts the requests: history polls and descriptions of runs. It ends a poll without news after 20 s. A run is
  described every 5 s, or as often as 10 descriptions per second and host allow. None of these is a billed action.
- Each run with a process holds one long poll open, up to 400 per host. The server limits long polls per namespace and
  frontend (\`frontend.namespaceCount\`, 1,200 by default), including those of clients that wait for a result.
`;

async function sizeRows(run: BenchRun, rounds: number, metricsPort: number, size: number): Promise<Row[]> {
  const population = new Population(run, { workflows: 'plain', activities: 'watched' });
  await population.grow(size);
  await sleep(25_000); // until the polls have reached their full length
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
      await sleep(100 + Math.random() * 400); // so that no timer is always hit at the same phase
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
  const { answered, dead, deadAfterAnswer } = await population.endAll();
  rows.push(
    { group, what: 'terminate, all at once: last death', unit: 'ms', values: dead },
    { group, what: "of which: the server's answer", unit: 'ms', values: answered },
    { group, what: 'of which: from its answer on', unit: 'ms', values: deadAfterAnswer },
  );
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
