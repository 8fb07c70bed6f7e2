import type { ListOutcome } from '../../contract/outcomes';
import type { CliContext } from '../context';
import { type CommonFlags, useServer } from '../execute';
import { EXIT_CODE, type ExitCode } from '../exit-codes';
import { END_SIGNALS } from '../interrupt';
import { onlyWorkflow } from '../only-workflow';
import { paletteFor } from '../render/palette';
import { reportError } from '../report-error';
import { LogDisplay } from './log-display';
import { RefreshLoop } from './refresh-loop';
import { ScreenDisplay } from './screen-display';
import type { WatchDisplay } from './watch-display';

/** Flags of `ps --watch`. */
export type WatchFlags = CommonFlags & { host?: string[]; workflowId?: string };

/** How long the end waits for the answer that is on its way: after it, its run is deleted on the server. */
const LAST_ANSWER_MS = 1_000;

function displayFor(context: CliContext, { output, color, workflowId }: WatchFlags): WatchDisplay {
  const palette = paletteFor(context, color);
  const hasScreen = context.stdout.isTTY === true && context.env.TERM !== 'dumb';
  if (output === 'text' && hasScreen) return new ScreenDisplay(context, palette, workflowId);
  return new LogDisplay(context, output, palette, workflowId);
}

async function watchUntilEnd(
  { signals }: CliContext,
  loop: RefreshLoop<ListOutcome>,
  display: WatchDisplay,
): Promise<void> {
  const end = new AbortController();
  const quit = (): void => end.abort();
  for (const signal of END_SIGNALS) signals.on(signal, quit);
  try {
    display.open({ quit, pause: (isPaused) => loop.pause(isPaused) });
    await loop.run(display, end.signal);
  } finally {
    display.close();
    for (const signal of END_SIGNALS) signals.off(signal, quit);
  }
}

/** Lists again every `intervalMs` until a key or a signal ends it, as its user means it to end: with exit code 0. */
export async function watchProcesses(context: CliContext, flags: WatchFlags, intervalMs: number): Promise<ExitCode> {
  const { host: hostIds, workflowId, output } = flags;
  try {
    await useServer(context, flags, async ({ reaper }) => {
      const ask = async () => onlyWorkflow(await reaper.listProcesses({ hostIds }), workflowId);
      const loop = new RefreshLoop(ask, intervalMs);
      await watchUntilEnd(context, loop, displayFor(context, flags));
      if (!(await loop.settle(LAST_ANSWER_MS))) context.leave(EXIT_CODE.done);
    });
    return EXIT_CODE.done;
  } catch (error) {
    return reportError(context, error, output);
  }
}
