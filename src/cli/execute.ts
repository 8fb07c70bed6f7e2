import type { CliContext, Connected } from './context';
import type { ExitCode } from './exit-codes';
import { interruptible } from './interrupt';
import type { ConnectionFlags } from './options/connection';
import type { OutputFlags } from './options/output';
import { type Palette, paletteFor } from './render/palette';
import { reportError } from './report-error';
import { startSpinner } from './spinner';

export type CommonFlags = ConnectionFlags & OutputFlags;

/** One command's work; everything around it is the same for all. */
export interface Work<T> {
  /** Shown while it waits. */
  waiting: string;
  /** Told on Ctrl-C: what goes on without us. */
  goesOn: string;
  ask(connected: Connected): Promise<T>;
  render(value: T, palette: Palette): string;
  exitCodeOf(value: T): ExitCode;
}

async function askAndWait<T>(context: CliContext, flags: CommonFlags, work: Work<T>): Promise<T> {
  const connected = context.connect(flags);
  try {
    const stopSpinner = await startSpinner(context, flags.output === 'text', work.waiting);
    try {
      return await interruptible(context, work.goesOn, work.ask(connected));
    } finally {
      stopSpinner();
    }
  } finally {
    await connected.close();
  }
}

/** Connects, asks, waits, prints the result to stdout or the error to stderr. */
export function execute<T>(context: CliContext, flags: CommonFlags, work: Work<T>): Promise<ExitCode> {
  return executeLocally(context, flags, { ...work, ask: () => askAndWait(context, flags, work) });
}

/** The same for work that needs no server. */
export async function executeLocally<T>(
  context: CliContext,
  flags: OutputFlags,
  work: Pick<Work<T>, 'render' | 'exitCodeOf'> & { ask(): Promise<T> },
): Promise<ExitCode> {
  try {
    const value = await work.ask();
    const text =
      flags.output === 'json' ? JSON.stringify(value, null, 2) : work.render(value, paletteFor(context, flags.color));
    context.stdout.write(`${text}\n`);
    return work.exitCodeOf(value);
  } catch (error) {
    return reportError(context, error, flags.output);
  }
}
