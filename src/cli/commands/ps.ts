import { type CommonFlags, executeCommand } from '../execute';
import { type ExitCode, exitCodeOfList } from '../exit-codes';
import { onlyWorkflow } from '../only-workflow';
import { addConnectionOptions } from '../options/connection';
import { addOutputOptions } from '../options/output';
import { addHostOption, addWorkflowOption } from '../options/target';
import { addWatchOption } from '../options/watch';
import { renderProcesses } from '../render/processes';
import type { watchProcesses } from '../watch/watch-processes';
import type { AddCommand } from './command';

type PsFlags = CommonFlags & { host?: string[]; workflowId?: string; watch?: number };

/** Loaded when it is needed: most commands never take over the terminal. */
async function watchHere(...args: Parameters<typeof watchProcesses>): Promise<ExitCode> {
  return (await import('../watch/watch-processes.js')).watchProcesses(...args);
}

export const addPs: AddCommand = (program, context, exit) => {
  const command = program.command('ps').description('List the processes of all running activities');
  addHostOption(command);
  addWorkflowOption(command);
  addWatchOption(command);
  addOutputOptions(command);
  addConnectionOptions(command).action(async (flags: PsFlags) => {
    const { host: hostIds, workflowId, watch } = flags;
    if (watch !== undefined) return exit(await watchHere(context, flags, watch));
    exit(
      await executeCommand(context, flags, {
        waiting: 'Asking the hosts',
        goesOn: 'A list changes nothing.',
        ask: async ({ reaper }) => onlyWorkflow(await reaper.listProcesses({ hostIds }), workflowId),
        render: (outcome, palette) => renderProcesses(outcome, palette, { now: Date.now(), workflowId }),
        exitCodeOf: exitCodeOfList,
      }),
    );
  });
};
