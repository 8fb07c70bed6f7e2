/**
 * `npm run bench:looks -- [--runs N] [--json FILE]`: what one kill, one fence and one return of an activity cost a worker on a
 * host with few idle processes, and with many. Needs no server.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainmentLevel } from '../src/contract/kill-report';
import { TestRun } from '../test/fixtures/processes/test-run';
import { ownLevels } from '../test/zoo/environments';
import { ZooHost } from '../test/zoo/zoo-host';
import type { BenchRun } from './bench-run';
import { runBenchmark, say } from './program';
import type { Row } from './report';
import { median } from './statistics';

const DEFAULT_RUNS = 5;
const WARM_UP = 1;
const IDLE = [100, 10_000];
const QUIET_MS = 50;
/** The measured host samples its own lag all the time. */
const IDLE_CPU_MS = 2;
/** The limit for the growth of the cost with the idle processes, where the kernel keeps track of the attempt's own. */
const GOAL = 1.5;
const LEVELS: ContainmentLevel[] = ['cgroup', 'subreaper', 'scan'];

const HOW_TO_READ = `
- Next to the worker, first ${IDLE.map((count) => count.toLocaleString('en')).join(', then ')} unrelated processes sleep. "answered" is the time from the request to the
  worker's answer; "CPU" is the processor time of all the worker's threads until it is idle again.
- kill: from the request to the report, for an attempt with three processes that die of SIGTERM. fence: for an activity whose
  earlier attempts have left nothing. return: of an activity whose one process is dead, with \`leftovers: 'warn'\`.
- At \`subreaper\`, everything that an attempt has started descends from the worker, and a kill looks no further. At \`cgroup\`,
  a program with permission to do so may have moved out, so a kill ends with one look at all processes. At \`scan\` there are two
  such looks; the second reads only new processes, unless the first took longer than half a second.
- The fence searches for what any worker of the host has left, even a dead one; only the environments of all processes show
  that.
`;

const OPERATIONS = ['kill', 'fence', 'return'] as const;
type Operation = (typeof OPERATIONS)[number];

interface Case {
  level: ContainmentLevel;
  operation: Operation;
  idle: number;
  answered: number[];
  cpu: number[];
}

/** The CPU time that the threads of a process have used so far, in ms. */
function cpuOf(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const ns = tasks.map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]));
  return ns.reduce((sum, each) => sum + each, 0) / 1e6;
}

async function untilItRests(pid: number): Promise<number> {
  for (let before = cpuOf(pid); ;) {
    await sleep(QUIET_MS);
    const now = cpuOf(pid);
    if (now - before < IDLE_CPU_MS) return now;
    before = now;
  }
}

async function prepare(host: ZooHost, operation: Operation, attempt: string): Promise<() => Promise<unknown>> {
  if (operation === 'fence') return () => host.ask('fence', { activity: attempt, number: 2 });
  await host.open(attempt);
  if (operation === 'kill') {
    await host.start(attempt, { command: 'sh', args: ['-c', 'sleep 1000 & sleep 1000 & wait'] });
    await sleep(QUIET_MS); // until its programs run
    return () => host.kill(attempt);
  }
  const pid = await host.start(attempt, { command: 'true', args: [] });
  while ((await host.ask('exits', {}))[pid] === undefined) await sleep(1);
  return () => host.ask('close', { attempt, how: 'returns' });
}

let attempts = 0;

async function measureOnce(host: ZooHost, { operation, answered, cpu }: Case): Promise<void> {
  const attempt = `bench-${++attempts}`;
  const work = await prepare(host, operation, attempt);
  const cpuBefore = await untilItRests(host.pid);
  const begin = performance.now();
  await work();
  answered.push(performance.now() - begin);
  cpu.push((await untilItRests(host.pid)) - cpuBefore);
  if (operation === 'kill') await host.ask('close', { attempt, how: 'throws' });
}

function rowsOf(cases: Case[]): Row[] {
  return cases.flatMap(({ level, operation, idle, answered, cpu }): Row[] => {
    const group = `${level}, ${operation}`;
    const among = `${idle.toLocaleString('en')} idle`;
    const rows: Row[] = [
      { group, what: `answered, ${among}`, unit: 'ms', values: answered },
      { group, what: `CPU, ${among}`, unit: 'ms', values: cpu },
    ];
    const few = cases.find((each) => each.level === level && each.operation === operation)!;
    if (few.idle === idle) return rows;
    const goal =
      operation === 'return'
        ? level === 'scan'
          ? undefined
          : GOAL
        : operation === 'kill' && level === 'subreaper'
          ? GOAL
          : undefined;
    const values = [median(cpu) / median(few.cpu)];
    return [...rows, { group, what: `CPU, many / few, medians`, unit: 'ratio', values, goal }];
  });
}

async function measure(run: BenchRun, runs: number): Promise<{ rows: Row[]; runs: number }> {
  const environments = ownLevels().filter(({ level, unavailable }) => LEVELS.includes(level) && !unavailable);
  const of = (level: ContainmentLevel, operation: Operation): Case[] =>
    IDLE.map((idle) => ({ level, operation, idle, answered: [], cpu: [] }));
  const cases = environments.flatMap(({ level }) => OPERATIONS.flatMap((operation) => of(level, operation)));
  const escalation = { signal: 'SIGTERM', graceMs: 5_000, settleMs: 5_000 } as const;
  const processes = new TestRun();
  const hosts = await Promise.all(
    environments.map((each) => ZooHost.start(processes, each, { escalation, leftovers: 'warn' })),
  );
  const ends: (() => Promise<void>)[] = [];
  try {
    for (const [index, idle] of IDLE.entries()) {
      ends.push(await run.startStrangers(idle - (IDLE[index - 1] ?? 0)));
      for (let round = 0; round < runs + WARM_UP; round++) {
        for (const each of cases.filter((one) => one.idle === idle)) {
          if (round === WARM_UP) each.answered.length = each.cpu.length = 0;
          await measureOnce(hosts[environments.findIndex(({ level }) => level === each.level)], each);
        }
        say(`${idle} idle: round ${round + 1} of ${runs + WARM_UP}`);
      }
    }
  } finally {
    await Promise.all(ends.map((end) => end()));
    await Promise.all(hosts.map((host) => host.end()));
    await processes.end();
  }
  return { rows: rowsOf(cases), runs };
}

runBenchmark({
  name: 'looks',
  title: 'A kill, a fence and a return on a host with many processes',
  howToRead: HOW_TO_READ,
  defaultRuns: DEFAULT_RUNS,
  needsServer: false,
  measure,
});
