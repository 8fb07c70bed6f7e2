/**
 * `npm run bench:cancel -- [--runs N] [--json FILE]`: how long after a cancel the last process is dead and the workflow
 * closed, compared with the ways to do without temporal-reaper; and what tracking costs. Under eight minutes.
 */
import { type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { SpawnTimes } from './activities';
import type { BenchRun } from './bench-run';
import { type Latency, type LatencyCase, measureLatency } from './latency';
import { runBenchmark, say } from './program';
import type { Row } from './report';
import { median } from './statistics';

const DEFAULT_RUNS = 30;
/** Rounds stop after this time; the rest takes about a minute and a half. */
const ROUNDS_MS = 300_000;
const SPAWNS = 400;
const NOOPS = 200;
const NOOP_PAIRS = 10;
const STRANGERS = 3_000;
const KILLS_AT_ONCE = 3;

const SHORTLY: [number, number] = [100, 300];
const OURS: LatencyCase = {
  workflow: 'hold',
  workflowQueue: 'ours',
  activityQueue: 'ours',
  activity: 'silent',
  heartbeatTimeout: '60s',
  end: 'cancel',
  workMs: SHORTLY,
};
const CASES = {
  silent: OURS,
  bare: { ...OURS, workflow: 'bare', workflowQueue: 'plain', activityQueue: 'plain' },
  beating: { ...OURS, activity: 'beating' },
  blocked: { ...OURS, activity: 'blocking', activityQueue: 'blocked' },
  terminate: { ...OURS, end: 'terminate', workMs: [100, 1_100] },
  watched: { ...OURS, workflowQueue: 'plain', workMs: [100, 1_100] },
  heartbeat2: {
    ...OURS,
    ...{ workflowQueue: 'plain', activityQueue: 'plain', activity: 'cooperative', heartbeatTimeout: '2s' },
    workMs: [100, 1_700],
  },
} satisfies Record<string, LatencyCase>;
type CaseName = keyof typeof CASES;

const HEARTBEAT_60: LatencyCase = { ...CASES.heartbeat2, heartbeatTimeout: '60s', workMs: [500, 2_000] };

const HOW_TO_READ = `
- The clock starts when the benchmark calls \`cancel\` or \`terminate\`. "last death" is the end of a FIFO whose write end
  every process holds, so the kernel reports it, not temporal-reaper. "closed" is when the client gets the workflow's result.
- p99 is the nearest rank: with fewer than 100 runs it is the worst run. "met" means that the p99 meets the goal too, "met
  at p50" that only the median does. A ratio of latencies compares two neighbours in the same round.
- temporal-reaper: the plugin on the connection; workflow and activity are unchanged; heartbeat timeout 60 s.
- The yardstick: the minimum that a kill before a cancel needs, with the plain SDK: the workflow runs one activity that
  finds the process and one that kills it.
- Heartbeats alone: no plugin; the activity heartbeats ten times a second and ends its child when a reply brings the cancel.
  The SDK sends a heartbeat once per 80 % of the heartbeat timeout.
- Tracked spawns alternate with spawns outside an attempt in the same process.
`;

async function runRounds(run: BenchRun, rounds: number): Promise<Record<CaseName, Latency[]>> {
  const names = Object.keys(CASES) as CaseName[];
  const latencies = Object.fromEntries(names.map((name) => [name, [] as Latency[]])) as Record<CaseName, Latency[]>;
  // The first round is only a warm-up.
  for (const name of names) await measureLatency(run, CASES[name]);
  const end = performance.now() + ROUNDS_MS;
  for (let round = 0; round < rounds && performance.now() < end; round++) {
    for (const name of names) latencies[name].push(await measureLatency(run, CASES[name]));
    if ((round + 1) % 10 === 0) say(`${round + 1} of ${rounds} rounds`);
  }
  return latencies;
}

function latencyRows(latencies: Record<CaseName, Latency[]>, heartbeat60: Latency[]): Row[] {
  const row = (group: string, what: string, name: CaseName | Latency[], goal?: number): Row => {
    const values = typeof name === 'string' ? latencies[name] : name;
    const field = what === 'closed' ? 'closedMs' : 'deadMs';
    return { group, what, unit: 'ms', values: values.map((each) => each[field]), goal };
  };
  const ratio = (what: string, name: CaseName, field: keyof Latency, goal?: number): Row => ({
    group: 'temporal-reaper / yardstick',
    what,
    unit: 'ratio',
    values: latencies[name].map((each, index) => each[field] / latencies.bare[index][field]),
    goal,
  });
  const ours = 'temporal-reaper';
  return [
    row(`${ours}, silent activity`, 'last death', 'silent', 60),
    row(`${ours}, silent activity`, 'closed', 'silent', 250),
    row(`${ours}, beating activity`, 'last death', 'beating', 60),
    row(`${ours}, beating activity`, 'closed', 'beating', 250),
    row('yardstick: two plain activities', 'last death', 'bare'),
    row('yardstick: two plain activities', 'closed', 'bare'),
    ratio('last death', 'silent', 'deadMs', 1.5),
    ratio('closed', 'silent', 'closedMs'),
    row('heartbeats alone, timeout 2 s', 'last death', 'heartbeat2'),
    row('heartbeats alone, timeout 2 s', 'closed', 'heartbeat2'),
    row('heartbeats alone, timeout 60 s', 'last death', heartbeat60),
    row(`${ours}, main loop blocked in execSync`, 'last death', 'blocked', 150),
    row(`${ours}, main loop blocked in execSync`, 'closed', 'blocked'),
    row(`${ours}, workflow terminated`, 'last death', 'terminate', 1_200),
    row(`${ours}, workflow without interceptor`, 'last death', 'watched', 1_200),
    row(`${ours}, workflow without interceptor`, 'closed', 'watched'),
  ];
}

async function spawnRows({ client }: BenchRun): Promise<Row[]> {
  const { tracked, plain } = (await client.workflow.execute('compareSpawns', {
    taskQueue: 'ours',
    workflowId: `bench-${randomUUID()}`,
    args: [SPAWNS],
  })) as Record<'tracked' | 'plain', SpawnTimes>;
  const rows = (what: string, field: keyof SpawnTimes, goal?: number): Row[] => {
    const inMs = (times: SpawnTimes): number[] => times[field].map((us) => us / 1000);
    const group = 'spawn of /bin/true';
    return [
      { group, what: `${what}, tracked`, unit: 'ms', values: inMs(tracked) },
      { group, what: `${what}, plain`, unit: 'ms', values: inMs(plain) },
      // Ratio of medians: single pairs are scheduler noise.
      {
        group,
        what: `${what}, ratio of medians`,
        unit: 'ratio',
        values: [median(tracked[field]) / median(plain[field])],
        goal,
      },
    ];
  };
  return [...rows('the call', 'call'), ...rows('until it has exited', 'whole', 1.03)];
}

async function noopRows({ client }: BenchRun): Promise<Row[]> {
  const perSecond = async (taskQueue: string): Promise<number> => {
    const begin = performance.now();
    const workflowId = `bench-${randomUUID()}`;
    await client.workflow.execute('manyNoops', { taskQueue, workflowId, args: [NOOPS] });
    return NOOPS / ((performance.now() - begin) / 1000);
  };
  const rates = { ours: [] as number[], plain: [] as number[] };
  for (const queue of ['ours', 'plain'] as const) await perSecond(queue);
  for (let pair = 0; pair < NOOP_PAIRS; pair++) {
    const order = pair % 2 === 0 ? (['ours', 'plain'] as const) : (['plain', 'ours'] as const);
    for (const queue of order) rates[queue].push(await perSecond(queue));
  }
  const [ours, plain] = [median(rates.ours), median(rates.plain)];
  const what = `with / without (medians ${Math.round(ours)}/s, ${Math.round(plain)}/s; ${NOOP_PAIRS} pairs)`;
  return [
    {
      group: `throughput of ${NOOPS} no-op activities`,
      what,
      unit: 'ratio',
      values: [ours / plain],
      goal: 0.97,
      atLeast: true,
    },
  ];
}

async function manyKillsRows(run: BenchRun, worker: ChildProcess): Promise<Row[]> {
  const lag = async (ask: string): Promise<number> => {
    const answer = once(worker, 'message') as Promise<[{ lagMs: number }]>;
    worker.send(ask);
    return (await answer)[0].lagMs;
  };
  const endStrangers = await run.startStrangers(STRANGERS);
  const latencies: Latency[] = [];
  const lagsAtDeath: number[] = [];
  const lags: number[] = [];
  try {
    for (let round = 0; round < KILLS_AT_ONCE; round++) {
      const before = (): Promise<number> => lag('reset lag');
      const atDeath = async (): Promise<unknown> => lagsAtDeath.push(await lag('lag'));
      const shape = { activity: 'five' as const, times: 100, processesEach: 5 };
      latencies.push(await measureLatency(run, { ...OURS, ...shape, before, atDeath, workMs: [1_500, 2_000] }));
      lags.push(await lag('lag'));
    }
  } finally {
    await endStrangers();
  }
  const group = `100 kills of 5 processes, ${STRANGERS.toLocaleString('en')} strangers`;
  return [
    { group, what: 'last death', unit: 'ms', values: latencies.map(({ deadMs }) => deadMs), goal: 1_000 },
    { group, what: 'closed', unit: 'ms', values: latencies.map(({ closedMs }) => closedMs) },
    { group, what: 'longest lag of the main loop, until the last death', unit: 'ms', values: lagsAtDeath, goal: 20 },
    { group, what: 'longest lag of the main loop, until closed', unit: 'ms', values: lags },
  ];
}

async function measure(run: BenchRun, runs: number): Promise<{ rows: Row[]; runs: number }> {
  say('starting three workers');
  const ours = await run.startWorker({ taskQueue: 'ours', plugin: true, workflows: true });
  await run.startWorker({ taskQueue: 'blocked', plugin: true, workflows: false });
  await run.startWorker({ taskQueue: 'plain', plugin: false, workflows: true });
  say(`${Object.keys(CASES).length} cases in turn, ${runs} rounds`);
  // These wait for a heartbeat most of a minute and do nothing meanwhile.
  const slow = Promise.all([1, 2, 3].map(() => measureLatency(run, HEARTBEAT_60)));
  const latencies = await runRounds(run, runs);
  const rows = latencyRows(latencies, await slow);
  say('spawns');
  rows.push(...(await spawnRows(run)));
  say('no-op activities');
  rows.push(...(await noopRows(run)));
  say(`100 kills at once among ${STRANGERS} strangers`);
  rows.push(...(await manyKillsRows(run, ours)));
  return { rows, runs: latencies.silent.length };
}

runBenchmark({
  name: 'cancel',
  title: 'Cancel',
  howToRead: HOW_TO_READ,
  defaultRuns: DEFAULT_RUNS,
  needsServer: true,
  measure,
});
