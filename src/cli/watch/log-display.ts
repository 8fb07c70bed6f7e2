import type { ListOutcome } from '../../contract/outcomes';
import type { CliContext } from '../context';
import type { OutputFlags } from '../options/output';
import type { ColorPalette } from '../render/palette';
import { renderProcesses } from '../render/processes';
import { reportError } from '../report-error';
import { type CpuShares, cpuShares } from './cpu-shares';
import type { WatchDisplay } from './watch-display';
import { summaryWords } from './watch-summary';
import { watchedList } from './watched-list';

/** Prints one list below the other: as JSON one line each, as text with a headline and an empty line after it. */
export class LogDisplay implements WatchDisplay {
  private before: ListOutcome | undefined;

  constructor(
    private readonly streams: Pick<CliContext, 'stdout' | 'stderr'>,
    private readonly output: OutputFlags['output'],
    private readonly palette: ColorPalette,
    private readonly workflowId: string | undefined,
  ) {}

  open(): void {
    // The first list opens it.
  }

  show(outcome: ListOutcome): void {
    const shares = cpuShares(this.before, outcome);
    this.before = outcome;
    const text = this.output === 'json' ? JSON.stringify(outcome) : `${this.textOf(outcome, shares)}\n`;
    this.streams.stdout.write(`${text}\n`);
  }

  fail(error: unknown): void {
    reportError(this.streams, error, this.output);
  }

  close(): void {
    // Nothing is to be undone.
  }

  private textOf(outcome: ListOutcome, shares: CpuShares): string {
    const now = Date.now();
    const headline = summaryWords(watchedList(outcome, shares, now)).join('  ');
    return `${headline}\n${renderProcesses(outcome, this.palette, { now, workflowId: this.workflowId, shares })}`;
  }
}
