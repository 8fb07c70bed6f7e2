import type { CommandEnd, StartedCommand } from '../client';
import type { CliContext, ConnectedClient } from './context';
import { EXIT_CODE } from './exit-codes';
import { ReaperError } from '../contract/errors';
import { END_SIGNALS, InterruptedError } from './interrupt';
import { exitCodeOfCommand } from './exit-code-of-command';
import { printEnd, printNews } from './render/command-news';

/**
 * Shows a command's output until it has ended. The first Ctrl-C cancels it, and waits until all of its processes are dead; the
 * second stops waiting.
 *
 * @returns the command's exit code
 */
export async function runAttached(
  context: Pick<CliContext, 'stdout' | 'stderr' | 'signals'>,
  { reaper }: Pick<ConnectedClient, 'reaper'>,
  started: StartedCommand,
  output: 'text' | 'json',
): Promise<number> {
  const { workflowId, runId } = started;
  let cancelling: Promise<unknown> | undefined;
  let interrupt = (): void => undefined;
  const interrupted = new Promise<never>((_resolve, reject) => {
    interrupt = () => {
      if (cancelling) return reject(new InterruptedError(`Workflow "${workflowId}" is still being cancelled.`));
      context.stderr.write(
        '\nCancelling, and waiting until all of its processes are dead. Ctrl-C again stops waiting.\n',
      );
      cancelling = reaper
        .cancelWorkflow({ workflowId, runId, reason: 'temporal-reaper run was told to stop' })
        .catch(unlessItHasEnded);
      cancelling.catch(reject);
    };
  });
  for (const signal of END_SIGNALS) context.signals.on(signal, interrupt);
  try {
    const end = await Promise.race([follow(context, reaper, started, output), interrupted]);
    await Promise.race([cancelling, interrupted]);
    printEnd(context, end, output, started);
    return end.how === 'cancelled' ? EXIT_CODE.interrupted : exitCodeOfCommand(end);
  } catch (error) {
    context.stderr.write(`The command may still run: -w ${workflowId} -a ${started.activityId}\n`);
    throw error;
  } finally {
    for (const signal of END_SIGNALS) context.signals.off(signal, interrupt);
  }
}

/** It ended by itself before the cancel came. */
function unlessItHasEnded(error: unknown): void {
  const code = error instanceof ReaperError ? error.code : undefined;
  if (code !== 'TARGET_CLOSED' && code !== 'TARGET_NOT_FOUND') throw error;
}

async function follow(
  context: Pick<CliContext, 'stdout' | 'stderr'>,
  reaper: ConnectedClient['reaper'],
  started: StartedCommand,
  output: 'text' | 'json',
): Promise<CommandEnd> {
  const show = printNews(context, output);
  for await (const news of reaper.followCommand(started)) {
    if (news.type === 'end') return news;
    show(news);
  }
  throw new Error('The command has no end'); // followCommand ends with one
}
