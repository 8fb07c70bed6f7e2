import { type CommonFlags, executeCommand } from '../execute';
import { exitCodeOfHosts } from '../exit-codes';
import { addConnectionOptions } from '../options/connection';
import { addOutputOptions } from '../options/output';
import { addHostOption } from '../options/target';
import { renderHosts } from '../render/hosts';
import type { AddCommand } from './command';

export const addHosts: AddCommand = (program, context, exit) => {
  const command = program.command('hosts').description('List the workers that run temporal-reaper');
  addHostOption(command);
  addOutputOptions(command);
  addConnectionOptions(command).action(async (flags: CommonFlags & { host?: string[] }) => {
    exit(
      await executeCommand(context, flags, {
        waiting: 'Asking the hosts',
        goesOn: 'A list changes nothing.',
        ask: ({ reaper }) => reaper.listHosts({ hostIds: flags.host }),
        render: renderHosts,
        exitCodeOf: exitCodeOfHosts,
      }),
    );
  });
};
