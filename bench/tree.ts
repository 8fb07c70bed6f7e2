/**
 * `npm run bench:tree -- [--runs N] [--json FILE]`: how long the crudest and the best-known tools take to kill a process
 * tree, compared with ours, and what they leave. Needs no server.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchRun } from './bench-run';
import { runBenchmark, say } from './program';
import type { Row } from './report';
import { median } from './statistics';
import { TREE_SHAPES, type TreeShape } from './tree-shapes';
import { type TreeTool, treeTools } from './tree-tools';

const DEFAULT_RUNS = 15;
const WARM_UP = 2;
const STRANGERS = 300;
const READY_MS = 30_000;
/** A process that is alive this long after the call counts as left. */
const PATIENCE_MS = 3_000;
const GOAL = 1.3;

const HOW_TO_READ = `
- A shell starts the tree; each of its processes holds the write end of one pipe, and the last death closes the pipe, as the
  kernel reports it. The clock starts when the tool is called. All tools send SIGTERM. ${STRANGERS} strangers run beside the tree.
- "killpg" is \`process.kill(-pid)\`, which execa 10 also does (\`killDescendants\`). It does not look at processes. Ratios are
  those of medians.
- A process alive ${PATIENCE_MS / 1000} s after the call counts as left. The worst round counts, and a tool that left any process has no time.
- pidtree only lists the tree; the benchmark then signals each pid. fkill does not kill trees on Unix.
`;

/** One tool at one shape. */
interface Case {
  tool: TreeTool;
  shape: TreeShape;
  /** In ms, of the rounds that left no process. */
  times: number[];
  /** Number of processes left in each round. */
  left: number[];
}

function holdersOf(pipe: string): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/1`) === pipe;
    } catch {
      return false; // gone, or a kernel thread
    }
  });
}

async function grow({ name, size, script }: TreeShape): Promise<{ top: ChildProcess; pipe: string }> {
  const top = spawn('sh', ['-c', script, 'sh', String(size), script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const pipe = readlinkSync(`/proc/${top.pid}/fd/1`);
  const end = performance.now() + READY_MS;
  // A fork exists before its exec: wait for the programs, or SIGTERM would hit a shell.
  while (holdersOf(pipe).length < size + 1) {
    if (performance.now() > end) throw new Error(`"${name}" does not get ready`);
    await sleep(10);
  }
  await sleep(50);
  return { top, pipe };
}

async function measureOnce({ tool, shape, times, left }: Case): Promise<void> {
  const { top, pipe } = await grow(shape);
  top.stdout!.resume();
  const exited = once(top, 'exit');
  const dead = once(top.stdout!, 'end').then(() => performance.now());
  const patience = new AbortController();
  const begin = performance.now();
  const killing = tool.kill(top.pid!).catch((error: unknown) => say(`${tool.name}: ${String(error)}`));
  const at = await Promise.race([
    dead,
    sleep(PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => undefined), // all are dead
  ]);
  patience.abort();
  if (at !== undefined) times.push(at - begin);
  const survivors = holdersOf(pipe);
  left.push(survivors.length);
  for (const pid of survivors) process.kill(pid, 'SIGKILL');
  await Promise.all([killing, dead, exited]);
}

function rowsOf(cases: Case[]): Row[] {
  return cases.flatMap(({ tool, shape, times, left }): Row[] => {
    const worst = Math.max(...left);
    const rows: Row[] = [{ group: shape.name, what: `${tool.name}: left at worst`, unit: 'count', values: [worst] }];
    if (worst > 0) return rows;
    rows.unshift({ group: shape.name, what: `${tool.name}: last death`, unit: 'ms', values: times });
    const crudest = cases.find((each) => each.shape === shape)!;
    if (tool === crudest.tool || Math.max(...crudest.left) > 0) return rows;
    const goal = tool.name === 'temporal-reaper' ? GOAL : undefined;
    const values = [median(times) / median(crudest.times)];
    return [...rows, { group: shape.name, what: `${tool.name} / killpg, medians`, unit: 'ratio', values, goal }];
  });
}

async function measure(run: BenchRun, runs: number): Promise<{ rows: Row[]; runs: number }> {
  const tools = await treeTools();
  const cases = TREE_SHAPES.flatMap((shape) => tools.map((tool): Case => ({ tool, shape, times: [], left: [] })));
  const endStrangers = await run.startStrangers(STRANGERS);
  try {
    for (let round = 0; round < runs + WARM_UP; round++) {
      if (round === WARM_UP) for (const { times, left } of cases) times.length = left.length = 0;
      // A tool that is too slow for a shape in its first rounds is skipped in the others.
      for (const each of cases) if (round <= WARM_UP || Math.max(...each.left) === 0) await measureOnce(each);
      say(`round ${round + 1} of ${runs + WARM_UP}`);
    }
  } finally {
    await endStrangers();
  }
  return { rows: rowsOf(cases), runs };
}

runBenchmark({
  name: 'tree',
  title: 'Killing a process tree, compared with other tools',
  howToRead: HOW_TO_READ,
  defaultRuns: DEFAULT_RUNS,
  needsServer: false,
  measure,
});
