import type { CancelPreview } from '../client';
import type { CancelOutcome } from '../contract/outcomes';
import { askToConfirm, assertCanAsk } from './confirm';
import type { CliContext, ConnectedClient } from './context';
import { forEachSelected } from './each-selected';
import { type CommonFlags, useServer } from './execute';
import { EXIT_CODE, type ExitCode, exitCodeOfKill, exitCodeOfPreview, worstOf } from './exit-codes';
import { readInterruptible } from './interrupt';
import { escalationOf, type KillFlags } from './options/escalation';
import type { QueryFlags } from './options/query';
import { countOf } from './render/count';
import { paletteFor } from './render/palette';
import { renderPreview } from './render/preview';
import { renderEnd, renderSelected, renderSummary, type SelectedEnd } from './render/selected';
import { reportError } from './report-error';

/** Flags of a cancel of several workflows. */
export type CancelSelectedFlags = CommonFlags & KillFlags & QueryFlags & { query: string; dryRun?: boolean };

type Selected = Awaited<ReturnType<ConnectedClient['reaper']['selectWorkflows']>>;
type Ends<T> = SelectedEnd<T>[];

async function previewEach(
  context: CliContext,
  flags: CancelSelectedFlags,
  { reaper }: ConnectedClient,
  selected: Selected,
): Promise<Ends<CancelPreview>> {
  const palette = paletteFor(context, flags.color);
  return forEachSelected(context, selected, {
    ask: ({ workflowId, runId }) => reaper.previewCancel({ workflowId, runId }),
    exitCodeOf: exitCodeOfPreview,
    onEnd: (end) => {
      if (flags.output === 'json') return;
      const { outcome, ...rest } = end;
      context.stdout.write(`${outcome ? renderPreview(outcome, palette) : renderEnd(rest, palette)}\n\n`);
    },
  });
}

async function cancelEach(
  context: CliContext,
  flags: CancelSelectedFlags,
  { reaper }: ConnectedClient,
  selected: Selected,
): Promise<Ends<CancelOutcome>> {
  const { reason, output, color } = flags;
  const palette = paletteFor(context, color);
  const escalation = escalationOf(flags);
  return forEachSelected(context, selected, {
    // The listed run, and no other that has begun since under its id.
    ask: ({ workflowId, runId }) => reaper.cancelWorkflow({ workflowId, runId, reason, escalation }),
    exitCodeOf: exitCodeOfKill,
    onEnd: (end) => void (output === 'json' || context.stdout.write(`${renderEnd(end, palette)}\n`)),
  });
}

/** Shows the list, and asks unless it is told not to. */
async function isConfirmed(context: CliContext, flags: CancelSelectedFlags, selected: Selected): Promise<boolean> {
  const { yes, output, color } = flags;
  if (!yes || output === 'text') context.stderr.write(`${renderSelected(selected, paletteFor(context, color))}\n\n`);
  if (yes) return true;
  const question = `Kill the processes of ${countOf(selected.length, 'workflow', 'workflows')} and cancel`;
  return askToConfirm(context, `${question} ${selected.length === 1 ? 'it' : 'them'}?`);
}

async function work(context: CliContext, flags: CancelSelectedFlags, connected: ConnectedClient): Promise<ExitCode> {
  const { query, dryRun, output } = flags;
  const selected = await readInterruptible(context, connected.reaper.selectWorkflows({ query }));
  if (!dryRun && !(await isConfirmed(context, flags, selected))) {
    context.stderr.write('Nothing was killed.\n');
    return EXIT_CODE.refused;
  }
  const ends = await (dryRun ? previewEach : cancelEach)(context, flags, connected, selected);
  const text = output === 'json' ? JSON.stringify({ query, workflows: ends }, null, 2) : renderSummary(ends);
  context.stdout.write(`${text}\n`);
  return worstOf(ends.map(({ exitCode }) => exitCode));
}

/** Cancels every running workflow that a query selects, each as a cancel of one would. */
export async function cancelSelected(context: CliContext, flags: CancelSelectedFlags): Promise<ExitCode> {
  try {
    if (!flags.dryRun && !flags.yes) assertCanAsk(context);
    return await useServer(context, flags, (connected) => work(context, flags, connected));
  } catch (error) {
    return reportError(context, error, flags.output);
  }
}
