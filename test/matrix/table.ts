import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../demo/dev-server';
import { type Ending, endings, notCovered } from './endings';
import { fullPlan } from './plan';
import type { Result } from './run';

const FILE = join(projectRoot(), 'docs', 'guarantees.md');
/** What stands after it differs from run to run. */
const MEASURED = '## Measured';

function row(cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function cellsOf(ending: Ending, results: Result[]): string {
  const all = fullPlan().filter((plan) => plan.ending === ending).length;
  const failed = results.filter(({ plan, error }) => plan.ending === ending && plan.plugin && error);
  const names = failed.map(({ plan }) => `${plan.shape.name} by ${plan.route}`);
  return `${all - failed.length} of ${all}${names.length > 0 ? `; failed: ${names.join(', ')}` : ''}`;
}

function withoutOf(ending: Ending, results: Result[]): string {
  const wrong = results.some(({ plan, error }) => plan.ending === ending && !plan.plugin && error);
  return wrong ? `not as expected: "${ending.without}"` : ending.without;
}

/**
 * The document as far as it is compared. A cell that was not tried in this run counts as passed: the full run, which
 * writes the document, has tried it.
 */
export function render(results: Result[], level: string): string {
  const rows = endings.map((ending) => {
    const { name, happens, within, outlives } = ending;
    const what = outlives ? `${happens} (**processes live on**: ${outlives.why})` : happens;
    return row([name, what, within, level, withoutOf(ending, results), cellsOf(ending, results)]);
  });
  return [
    '# What ends an activity, and what becomes of its processes',
    '',
    'Written by `npm run test:matrix`, which tries every ending with eight shapes of processes on a real server and real',
    'workers. A cell passes when every process is dead for the kernel within the bound, the attempt and its workflow end as',
    'said, and the process of another workflow on the same host goes on. "Within" is without the grace that a process takes',
    'for itself after SIGTERM. The last three of each row run on a',
    'server that pushes cancels to workers by itself, and at the levels `subreaper` and `scan`.',
    '',
    row(['ending', 'what happens', 'within', 'level', 'the same without temporal-reaper', 'test cells passed']),
    row(Array<string>(6).fill('---')),
    ...rows,
    '',
    '## Not covered',
    '',
    row(['ending', 'why']),
    row(['---', '---']),
    ...notCovered.map(row),
    '',
  ].join('\n');
}

function median(sorted: number[]): number {
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

function measured(results: Result[]): string {
  const rows = endings.flatMap((ending) => {
    const times = results
      .flatMap(({ plan, diedAfterMs }) => (plan.ending === ending && diedAfterMs !== undefined ? [diedAfterMs] : []))
      .map((ms) => Math.round(ms))
      .sort((a, b) => a - b);
    return times.length === 0 ? [] : [row([ending.name, `${median(times)} ms`, `${times[times.length - 1]} ms`])];
  });
  const about = 'Last full run, many cells at a time, from the ending to the last death; not a benchmark.';
  return [MEASURED, '', about, '', row(['ending', 'median', 'slowest']), row(['---', '---', '---']), ...rows, ''].join(
    '\n',
  );
}

/** The committed document, without its measured part. */
export function committed(): string {
  return readFileSync(FILE, 'utf8').split(`${MEASURED}\n`)[0].trimEnd() + '\n';
}

/** The level that it was written at. */
export function committedLevel(): string {
  return /\| (\w+) \|[^|]*\| \d+ of \d+ \|/.exec(committed())?.[1] ?? '';
}

export function write(results: Result[], level: string): void {
  writeFileSync(FILE, `${render(results, level)}\n${measured(results)}`);
}
