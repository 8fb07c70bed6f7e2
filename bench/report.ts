import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { projectRoot } from '../dev/dev-server';
import { percentile } from './statistics';

export interface Row {
  group: string;
  what: string;
  unit: 'ms' | 'ratio' | 'MB' | 'per s' | 'count';
  values: number[];
  /** The goal for the p50: at most this (with `atLeast`: at least). */
  goal?: number;
  atLeast?: boolean;
}

export interface Results {
  date: string;
  commit: string;
  kernel: string;
  node: string;
  /** undefined: the benchmark needs no server. */
  server?: string;
  cpu: string;
  cores: number;
  memoryGb: number;
  loadBefore: number;
  loadAfter: number;
  seconds: number;
  runs: number;
  /** What did not end in time; it counts with the time that the benchmark waited. */
  failures: string[];
  rows: Row[];
}

export function environment(
  server: string | undefined,
): Pick<Results, 'date' | 'commit' | 'kernel' | 'node' | 'server' | 'cpu' | 'cores' | 'memoryGb' | 'loadBefore'> {
  return {
    date: new Date().toISOString(),
    commit: commit(),
    kernel: `${process.platform} ${release()}`,
    node: process.version,
    server,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    loadBefore: loadavg()[0],
  };
}

function commit(): string {
  try {
    const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim();
    return (
      git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', 'src') === '' ? '' : ' with changes in src')
    );
  } catch {
    return 'unknown';
  }
}

function show(unit: Row['unit'], value: number): string {
  if (unit === 'ratio' || (unit === 'per s' && value < 1)) return value.toFixed(3);
  if (unit === 'count') return String(value);
  return value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en');
}

function verdict({ values, goal, atLeast }: Row): string {
  if (goal === undefined) return '';
  const reaches = (value: number): boolean => (atLeast ? value >= goal : value <= goal);
  if (!reaches(percentile(values, 0.5))) return 'not met';
  return reaches(percentile(values, atLeast ? 0.01 : 0.99)) ? 'met' : 'met at p50';
}

function cells(row: Row): string[] {
  const { group, what, unit, values, goal, atLeast } = row;
  const of = (share: number): string => show(unit, percentile(values, share));
  const target = goal === undefined ? '' : `${atLeast ? '>=' : '<='} ${show(unit, goal)}`;
  return [group, what, unit, String(values.length), of(0.5), of(0.99), target, verdict(row)];
}

const HEAD = ['case', 'what', 'unit', 'n', 'p50', 'p99', 'goal', ''];

export function renderTable({ rows }: Results): string {
  const table = new Table({
    head: HEAD,
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'left', 'left', 'right', 'right', 'right', 'right', 'left'],
  });
  table.push(...rows.map(cells));
  return table.toString();
}

const PAGE = join(projectRoot(), 'docs', 'benchmarks.md');

function renderSection(command: string, title: string, results: Results, howToRead: string): string {
  const { rows } = results;
  const widths = HEAD.map((title, column) =>
    Math.max(title.length, 3, ...rows.map((row) => cells(row)[column].length)),
  );
  const isNumber = (column: number): boolean => column >= 3 && column <= 6;
  const line = (texts: string[]): string =>
    `| ${texts.map((text, column) => (isNumber(column) ? text.padStart(widths[column]) : text.padEnd(widths[column]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (isNumber(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  return `## ${title}

Written by \`npm run ${command}\` from \`test-results/${command.replace(':', '-')}.json\`; not edited by hand.

- Date: ${results.date}, commit ${results.commit}
- Machine: ${results.cores} cores (${results.cpu}), ${results.memoryGb} GB, ${results.kernel}
- Load average at the start and at the end: ${results.loadBefore.toFixed(1)}, ${results.loadAfter.toFixed(1)}
- Node ${results.node}${results.server === undefined ? '' : `, Temporal dev server ${results.server}, push of cancels off`}
- Not ended in time (counted with the time that the benchmark waited): ${results.failures.join('; ') || 'none'}
- One run of ${Math.round(results.seconds)} s; the cases alternate, so that all run under the same conditions

${line(HEAD)}
${rule}
${rows.map((row) => line(cells(row))).join('\n')}

How to read it:

${howToRead.trim()}
`;
}

/** Writes a benchmark's section of docs/benchmarks.md, and leaves the others alone. Returns the page's path. */
export function writeSection(command: string, title: string, results: Results, howToRead: string): string {
  const [begin, end] = [`<!-- ${command} -->`, `<!-- end of ${command} -->`];
  const section = `${begin}\n\n${renderSection(command, title, results, howToRead)}\n${end}`;
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '# Benchmarks\n';
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  const written =
    from < 0 || to < from
      ? `${page.trimEnd()}\n\n${section}\n`
      : `${page.slice(0, from)}${section}${page.slice(to + end.length)}`;
  writeFileSync(PAGE, written);
  return PAGE;
}
