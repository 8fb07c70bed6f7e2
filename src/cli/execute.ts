import type { CliContext, ConnectedClient } from './context';
import type { ExitCode } from './exit-codes';
import { runInterruptible } from './interrupt';
import type { ConnectionFlags } from './options/connection';
import type { OutputFlags } from './options/output';
import { type ColorPalette, paletteFor } from './render/palette';
import { reportError } from './report-error';
import { startSpinner } from './spinner';

export type CommonFlags = ConnectionFlags & OutputFlags;

/** What is specific to one command. */
export interface CommandWork<T> {
  /** Shown while it waits. */
  waiting: string;
  /** Shown on Ctrl-C: what continues without us. */
  goesOn: string;
  ask(connected: ConnectedClient): Promise<T>;
  render(value: T, palette: ColorPalette): string;
  exitCodeOf(value: T): ExitCode;
}

/** Connects, and closes the connection after use. */
export async function useServer<T>(
  context: CliContext,
  flags: CommonFlags,
  use: (connected: ConnectedClient) => Promise<T>,
): Promise<T> {
  const connected = await context.connect(flags);
  try {
    return await use(connected);
  } finally {
    await connected.close();
  }
}

function askAndWait<T>(context: CliContext, flags: CommonFlags, work: CommandWork<T>): Promise<T> {
  return useServer(context, flags, async (connected) => {
    const stopSpinner = await startSpinner(context, flags.output === 'text', work.waiting);
    try {
      return await runInterruptible(context, work.goesOn, work.ask(connected));
    } finally {
      stopSpinner();
    }
  });
}

/** Connects, asks, waits, prints the result to stdout or the error to stderr. */
export function executeCommand<T>(context: CliContext, flags: CommonFlags, work: CommandWork<T>): Promise<ExitCode> {
  return executeLocally(context, flags, { ...work, ask: () => askAndWait(context, flags, work) });
}

/** Like {@link executeCommand}, for work that needs no server. */
export async function executeLocally<T>(
  context: CliContext,
  flags: OutputFlags,
  work: Pick<CommandWork<T>, 'render' | 'exitCodeOf'> & { ask(): Promise<T> },
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
