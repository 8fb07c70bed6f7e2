import { Command } from 'commander';
import { addCancel } from './commands/cancel';
import type { AddCommand } from './commands/command';
import { addDoctor } from './commands/doctor';
import { addHosts } from './commands/hosts';
import { addKillAll } from './commands/kill-all';
import { addPs } from './commands/ps';
import { addSweep } from './commands/sweep';
import { addTerminate } from './commands/terminate';
import type { CliContext } from './context';
import type { ExitCode } from './exit-codes';
import { DESCRIPTION, HELP_AFTER } from './help';
import { version } from '../process/package-version';

const COMMANDS: AddCommand[] = [addPs, addHosts, addCancel, addTerminate, addKillAll, addSweep, addDoctor];

export function createProgram(context: CliContext, exit: (code: ExitCode) => void): Command {
  const program = new Command('temporal-reaper')
    .description(DESCRIPTION)
    .version(version)
    .addHelpText('after', HELP_AFTER)
    .showHelpAfterError('Use --help for the options.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    });
  // After the settings: commands copy them when they are added.
  for (const addCommand of COMMANDS) addCommand(program, context, exit);
  return program;
}
