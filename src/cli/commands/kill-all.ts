import { askToConfirm } from '../confirm';
import { type CommonFlags, executeCommand } from '../execute';
import { EXIT_CODE, exitCodeOfKill } from '../exit-codes';
import { addConnectionOptions } from '../options/connection';
import { addKillOptions, escalationOf, type KillFlags } from '../options/escalation';
import { addOutputOptions } from '../options/output';
import { addHostOption } from '../options/target';
import { renderKill } from '../render/kill';
import { reportError } from '../report-error';
import type { AddCommand } from './command';
import type { CliContext } from '../context';

type KillAllFlags = CommonFlags & KillFlags & { host?: string[]; retry?: boolean; yes?: boolean };

async function isConfirmed(context: CliContext, { host, yes, address, namespace }: KillAllFlags): Promise<boolean> {
  if (yes) return true;
  const where = `${host?.join(', ') ?? 'every host'}, ${namespace ? `namespace ${namespace}` : "the profile's namespace"}`;
  return askToConfirm(
    context,
    `Kill every process of every activity on ${where}${address ? `, server ${address}` : ''}?`,
  );
}

export const addKillAll: AddCommand = (program, context, exit) => {
  const command = program
    .command('kill-all')
    .description('Kill every process of every running activity; the attempts fail as ATTEMPT_KILLED')
    .option('--retry', 'let retry policies retry the killed attempts')
    .option('-y, --yes', 'do not ask for confirmation; required without a terminal');
  addHostOption(command);
  addKillOptions(command);
  addOutputOptions(command);
  addConnectionOptions(command).action(async (flags: KillAllFlags) => {
    try {
      if (!(await isConfirmed(context, flags))) {
        context.stderr.write('Nothing was killed.\n');
        return exit(EXIT_CODE.refused);
      }
    } catch (error) {
      return exit(reportError(context, error, flags.output));
    }
    const { host, reason, retry } = flags;
    return exit(
      await executeCommand(context, flags, {
        waiting: 'Killing',
        goesOn: 'The kill continues on the server.',
        ask: ({ reaper }) => reaper.killAll({ hostIds: host, reason, retry, escalation: escalationOf(flags) }),
        render: renderKill,
        exitCodeOf: exitCodeOfKill,
      }),
    );
  });
};
