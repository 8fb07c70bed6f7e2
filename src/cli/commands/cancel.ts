import { type CommonFlags, executeCommand } from '../execute';
import { exitCodeOfKill, exitCodeOfPreview } from '../exit-codes';
import { addConnectionOptions } from '../options/connection';
import { addKillOptions, escalationOf, type KillFlags } from '../options/escalation';
import { addOutputOptions } from '../options/output';
import { addActivityOption, addTargetOptions, type TargetFlags } from '../options/target';
import { renderKill } from '../render/kill';
import { renderPreview } from '../render/preview';
import { toPrintable } from '../render/printable';
import type { AddCommand } from './command';

type CancelFlags = CommonFlags & TargetFlags & KillFlags & { activityId?: string; dryRun?: boolean };

export const addCancel: AddCommand = (program, context, exit) => {
  const command = program
    .command('cancel')
    .description('Kill the processes of a workflow, or of one of its activities, and cancel it');
  addTargetOptions(command);
  addActivityOption(command).option('--dry-run', 'only list what would be killed');
  addKillOptions(command);
  addOutputOptions(command);
  addConnectionOptions(command).action(async (flags: CancelFlags) => {
    const { workflowId, runId, activityId, reason, dryRun } = flags;
    if (dryRun) {
      return exit(
        await executeCommand(context, flags, {
          waiting: 'Asking the hosts',
          goesOn: 'A dry run changes nothing.',
          ask: ({ reaper }) => reaper.previewCancel({ workflowId, runId, activityId }),
          render: renderPreview,
          exitCodeOf: exitCodeOfPreview,
        }),
      );
    }
    const target = { workflowId, runId, reason, escalation: escalationOf(flags) };
    exit(
      await executeCommand(context, flags, {
        waiting: `Cancelling ${toPrintable(activityId ?? workflowId)}`,
        goesOn: 'The cancellation workflow keeps running on the server.',
        ask: ({ reaper }) =>
          activityId === undefined ? reaper.cancelWorkflow(target) : reaper.cancelActivity({ ...target, activityId }),
        render: renderKill,
        exitCodeOf: exitCodeOfKill,
      }),
    );
  });
};
