import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../dev/dev-server';
import { type Ending, endings, notCovered } from './endings';
import { fullPlan } from './plan';
import type { Result } from './run';

const FILE = join(projectRoot(), 'docs', 'guarantees.md');
/** Everything after this heading changes from run to run. */
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
 * The part of the document that the test compares. A cell that was not tried in this run counts as passed: the full run,
 * which writes the document, has tried it.
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
    'Written by `npm run test:matrix`, which tries every ending with eight shapes of process tree on a real server and real',
    'workers. A cell passes if the kernel reports every process dead within the bound, the attempt and its workflow end as',
    'described, and the process of another workflow on the same host keeps running. "Within" does not include the grace',
    'period that a process uses after SIGTERM. The last three cells of each row run on a server that itself pushes cancels to',
    'workers, and at the levels `subreaper` and `scan`.',
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
  const about =
    'Time from the ending to the last death in the last full run, with many cells at a time. Not a benchmark.' +
    ' `ReaperClient` returns only after the kill, so its rows show 0 ms.';
  return [MEASURED, '', about, '', row(['ending', 'median', 'slowest']), row(['---', '---', '---']), ...rows, ''].join(
    '\n',
  );
}

/** The committed document, without its measured part. */
export function committed(): string {
  return readFileSync(FILE, 'utf8').split(`${MEASURED}\n`)[0].trimEnd() + '\n';
}

/** The level at which the committed document was written. */
export function committedLevel(): string {
  return /\| (\w+) \|[^|]*\| \d+ of \d+ \|/.exec(committed())?.[1] ?? '';
}

export function write(results: Result[], level: string): void {
  writeFileSync(FILE, `${render(results, level)}\n${measured(results)}`);
}
