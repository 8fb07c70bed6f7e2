import { type CommonFlags, executeCommand } from '../execute';
import { exitCodeOfList } from '../exit-codes';
import { addConnectionOptions } from '../options/connection';
import { addOutputOptions } from '../options/output';
import { addHostOption } from '../options/target';
import { renderProcesses } from '../render/processes';
import type { AddCommand } from './command';

export const addPs: AddCommand = (program, context, exit) => {
  const command = program.command('ps').description('List the processes of all running activities');
  addHostOption(command);
  addOutputOptions(command);
  addConnectionOptions(command).action(async (flags: CommonFlags & { host?: string[] }) => {
    exit(
      await executeCommand(context, flags, {
        waiting: 'Asking the hosts',
        goesOn: 'A list changes nothing.',
        ask: ({ reaper }) => reaper.listProcesses({ hostIds: flags.host }),
        render: (outcome, palette) => renderProcesses(outcome, palette, Date.now()),
        exitCodeOf: exitCodeOfList,
      }),
    );
  });
};
