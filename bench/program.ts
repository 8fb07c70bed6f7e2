import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../dev/dev-server';
import { BenchRun } from './bench-run';
import { environment, renderTable, type Results, type Row, writeSection } from './report';

/** One benchmark: what it measures, and the texts of its section in docs/benchmarks.md. */
export interface Benchmark {
  /** The name in `npm run bench:<name>`. */
  name: string;
  title: string;
  howToRead: string;
  /** Rounds; a run with fewer leaves the page alone. */
  defaultRuns: number;
  needsServer: boolean;
  measure: (run: BenchRun, runs: number) => Promise<{ rows: Row[]; runs: number }>;
}

export function say(text: string): void {
  console.error(`bench: ${text}`);
}

async function resultsOf({ needsServer, measure }: Benchmark, run: BenchRun, rounds: number): Promise<Results> {
  const begin = performance.now();
  if (needsServer) {
    say('starting the server');
    await run.startServer();
  }
  const machine = environment(needsServer ? run.serverVersion : undefined);
  const { rows, runs } = await measure(run, rounds);
  const seconds = (performance.now() - begin) / 1000;
  return { ...machine, loadAfter: loadavg()[0], seconds, runs, failures: run.failures, rows };
}

async function main(benchmark: Benchmark): Promise<void> {
  const { name, title, howToRead, defaultRuns } = benchmark;
  const { values } = parseArgs({ options: { runs: { type: 'string' }, json: { type: 'string' } } });
  const runs = Number(values.runs ?? defaultRuns);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs ${values.runs}: give a whole number from 1`);
  const json = values.json ? resolve(values.json) : join(projectRoot(), 'test-results', `bench-${name}.json`);
  const run = new BenchRun();
  const stopped = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
      process.on(signal, () => reject(new Error(`stopped by ${signal}`)));
  });
  try {
    const results = await Promise.race([resultsOf(benchmark, run, runs), stopped]);
    mkdirSync(dirname(json), { recursive: true });
    writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
    console.log(renderTable(results));
    say(`written: ${json}`);
    if (results.runs >= defaultRuns) {
      say(`written: ${writeSection(`bench:${name}`, title, results, howToRead)}`);
    } else say(`docs/benchmarks.md is left alone: that takes ${defaultRuns} rounds`);
  } finally {
    await run.end();
  }
}

/** Runs a benchmark with the arguments of this process: `[--runs N] [--json FILE]`. */
export function runBenchmark(benchmark: Benchmark): void {
  main(benchmark).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exit(1);
    },
  );
}
