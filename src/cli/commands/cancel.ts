import { cancelSelected } from '../cancel-selected';
import type { CliContext } from '../context';
import { type CommonFlags, executeCommand } from '../execute';
import { type ExitCode, exitCodeOfKill, exitCodeOfPreview } from '../exit-codes';
import { addConnectionOptions } from '../options/connection';
import { addKillOptions, escalationOf, type KillFlags } from '../options/escalation';
import { addOutputOptions } from '../options/output';
import { addQueryOption, type QueryFlags } from '../options/query';
import { addActivityOption, addOptionalTargetOptions, type TargetFlags } from '../options/target';
import { renderKill } from '../render/kill';
import { renderPreview } from '../render/preview';
import { toPrintable } from '../render/printable';
import type { AddCommand } from './command';

type CancelOneFlags = CommonFlags & TargetFlags & KillFlags & { activityId?: string; dryRun?: boolean };
type CancelFlags = Omit<CancelOneFlags, 'workflowId'> & Partial<TargetFlags> & QueryFlags;

function cancelOne(context: CliContext, flags: CancelOneFlags): Promise<ExitCode> {
  const { workflowId, runId, activityId, reason, dryRun } = flags;
  if (dryRun) {
    return executeCommand(context, flags, {
      waiting: 'Asking the hosts',
      goesOn: 'A dry run changes nothing.',
      ask: ({ reaper }) => reaper.previewCancel({ workflowId, runId, activityId }),
      render: renderPreview,
      exitCodeOf: exitCodeOfPreview,
    });
  }
  const target = { workflowId, runId, reason, escalation: escalationOf(flags) };
  return executeCommand(context, flags, {
    waiting: `Cancelling ${toPrintable(activityId ?? workflowId)}`,
    goesOn: 'The cancellation workflow keeps running on the server.',
    ask: ({ reaper }) =>
      activityId === undefined ? reaper.cancelWorkflow(target) : reaper.cancelActivity({ ...target, activityId }),
    render: renderKill,
    exitCodeOf: exitCodeOfKill,
  });
}

export const addCancel: AddCommand = (program, context, exit) => {
  const command = program
    .command('cancel')
    .description('Kill the processes of a workflow, of one of its activities or of several workflows, and cancel');
  addOptionalTargetOptions(command);
  addActivityOption(command);
  addQueryOption(command).option('--dry-run', 'only list what would be killed');
  addKillOptions(command);
  addOutputOptions(command);
  addConnectionOptions(command).action(async (flags: CancelFlags) => {
    const { workflowId, query } = flags;
    if (query !== undefined) return exit(await cancelSelected(context, { ...flags, query }));
    if (workflowId === undefined) return command.error('error: give -w, --workflow-id <id> or --query <query>');
    exit(await cancelOne(context, { ...flags, workflowId }));
  });
};
