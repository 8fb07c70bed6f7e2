/**
 * `npm run bench:usage -- [--runs N] [--json FILE]`: what one look for the metrics costs, on a host with few and with many
 * other processes. Needs no server.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainmentLevel } from '../src/contract/kill-report';
import { ownLevels } from '../test/zoo/environments';
import type { BenchRun } from './bench-run';
import { runBenchmark, say } from './program';
import type { Row } from './report';
import type { LookCost } from './usage-host';

const DEFAULT_RUNS = 20;
const WARM_UP = 3;
const IDLE = [500, 5_000];
const LEVELS: ContainmentLevel[] = ['cgroup', 'subreaper', 'scan'];
const ATTEMPTS = 10;
const CHILDREN = 4;
const FOUND = ATTEMPTS * (CHILDREN + 1);
const PAUSE_MS = 100;
const FOUND_LIMIT_MS = 10_000;

const HOW_TO_READ = `
- ${ATTEMPTS} attempts are open, each with a shell and its ${CHILDREN} children; next to them, first ${IDLE.map((count) => count.toLocaleString('en')).join(', then ')} unrelated processes sleep.
- "CPU" is the processor time of one look: it finds the ${FOUND} processes and reads their memory and processor time. "of which"
  is the same for the finding alone: the rest is what memory and processor time cost.
- With telemetry, a worker looks every ten seconds while such attempts are open, less often if a look takes longer than 100 ms;
  without telemetry, or without such attempts, never.
- At \`cgroup\` and \`subreaper\` the look reaches only what the attempts have started; at \`scan\` it reads every process of
  the host.
`;

interface Case {
  level: ContainmentLevel;
  host: ChildProcess;
  costs: Map<number, LookCost[]>;
}

async function openCase(level: ContainmentLevel): Promise<Case> {
  const host = fork(join(__dirname, 'usage-host.js'), [level, String(ATTEMPTS), String(CHILDREN)]);
  await Promise.race([once(host, 'message'), once(host, 'exit')]);
  if (host.exitCode !== null) throw new Error(`No worker at the level ${level}`);
  return { level, host, costs: new Map() };
}

async function lookOf({ host }: Case): Promise<LookCost> {
  const answer = once(host, 'message') as Promise<[LookCost]>;
  host.send('look');
  return (await answer)[0];
}

async function untilAllFound(each: Case): Promise<void> {
  const end = performance.now() + FOUND_LIMIT_MS;
  while ((await lookOf(each)).found !== FOUND) {
    if (performance.now() > end) throw new Error(`${each.level}: a look does not find ${FOUND} processes`);
    await sleep(PAUSE_MS);
  }
}

function rowsOf(cases: Case[]): Row[] {
  return cases.flatMap(({ level, costs }) =>
    [...costs].flatMap(([idle, all]): Row[] => {
      const among = `${idle.toLocaleString('en')} idle`;
      return [
        { group: level, what: `CPU, ${among}`, unit: 'ms', values: all.map(({ cpuMs }) => cpuMs) },
        { group: level, what: `of which finding, ${among}`, unit: 'ms', values: all.map(({ findMs }) => findMs) },
      ];
    }),
  );
}

async function end({ host }: Case): Promise<void> {
  const exit = once(host, 'exit');
  host.disconnect();
  await exit;
}

async function measure(run: BenchRun, runs: number): Promise<{ rows: Row[]; runs: number }> {
  const levels = LEVELS.filter((level) => ownLevels().some((each) => each.level === level && !each.unavailable));
  const cases = await Promise.all(levels.map(openCase));
  const ends: (() => Promise<void>)[] = [];
  try {
    for (const [index, idle] of IDLE.entries()) {
      ends.push(await run.startStrangers(idle - (IDLE[index - 1] ?? 0)));
      await Promise.all(cases.map(untilAllFound));
      for (let round = 0; round < runs + WARM_UP; round++) {
        for (const each of cases) {
          const cost = await lookOf(each);
          if (round >= WARM_UP) each.costs.set(idle, [...(each.costs.get(idle) ?? []), cost]);
          await sleep(PAUSE_MS);
        }
      }
      say(`${idle} idle: ${runs} rounds`);
    }
  } finally {
    await Promise.all(ends.map((each) => each()));
    await Promise.all(cases.map(end));
  }
  return { rows: rowsOf(cases), runs };
}

runBenchmark({
  name: 'usage',
  title: 'A look for the metrics',
  howToRead: HOW_TO_READ,
  defaultRuns: DEFAULT_RUNS,
  needsServer: false,
  measure,
});
