import { type CommonFlags, executeCommand } from '../execute';
import { exitCodeOfKill } from '../exit-codes';
import { addConnectionOptions } from '../options/connection';
import { addKillOptions, escalationOf, type KillFlags } from '../options/escalation';
import { addOutputOptions } from '../options/output';
import { addTargetOptions, type TargetFlags } from '../options/target';
import { renderKill } from '../render/kill';
import { toPrintable } from '../render/printable';
import type { AddCommand } from './command';

export const addTerminate: AddCommand = (program, context, exit) => {
  const command = program
    .command('terminate')
    .description('Kill the processes of a workflow and terminate it; workflow code does not run again');
  addTargetOptions(command);
  addKillOptions(command);
  addOutputOptions(command);
  addConnectionOptions(command).action(async (flags: CommonFlags & TargetFlags & KillFlags) => {
    const { workflowId, runId, reason } = flags;
    exit(
      await executeCommand(context, flags, {
        waiting: `Terminating ${toPrintable(workflowId)}`,
        goesOn: 'The cancellation workflow keeps running on the server.',
        ask: ({ reaper }) => reaper.terminateWorkflow({ workflowId, runId, reason, escalation: escalationOf(flags) }),
        render: renderKill,
        exitCodeOf: exitCodeOfKill,
      }),
    );
  });
};
