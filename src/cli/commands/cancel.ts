import { type CommonFlags, executeCommand } from '../execute';
import { exitCodeOfKill } from '../exit-codes';
import { addConnectionOptions } from '../options/connection';
import { addKillOptions, escalationOf, type KillFlags } from '../options/escalation';
import { addOutputOptions } from '../options/output';
import { addActivityOption, addTargetOptions, type TargetFlags } from '../options/target';
import { renderKill } from '../render/kill';
import { toPrintable } from '../render/printable';
import type { AddCommand } from './command';

type CancelFlags = CommonFlags & TargetFlags & KillFlags & { activityId?: string };

export const addCancel: AddCommand = (program, context, exit) => {
  const command = program
    .command('cancel')
    .description('Kill the processes of a workflow, or of one of its activities, and cancel it');
  addTargetOptions(command);
  addActivityOption(command);
  addKillOptions(command);
  addOutputOptions(command);
  addConnectionOptions(command).action(async (flags: CancelFlags) => {
    const { workflowId, runId, activityId, reason } = flags;
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
