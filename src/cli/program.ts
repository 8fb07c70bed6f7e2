import { Command } from 'commander';
import { addCancel } from './commands/cancel';
import type { AddCommand } from './commands/command';
import { addCompletion } from './commands/completion';
import { addDoctor } from './commands/doctor';
import { addHosts } from './commands/hosts';
import { addKillAll } from './commands/kill-all';
import { addLogs } from './commands/logs';
import { addPs } from './commands/ps';
import { addRun } from './commands/run';
import { addSweep } from './commands/sweep';
import { addTerminate } from './commands/terminate';
import type { CliContext } from './context';
import { CLI_DESCRIPTION, HELP_AFTER } from './help';
import { reaperVersion } from '../process/package-version';

const COMMANDS: AddCommand[] = [
  addPs,
  addHosts,
  addRun,
  addLogs,
  addCancel,
  addTerminate,
  addKillAll,
  addSweep,
  addDoctor,
  addCompletion,
];

export function createProgram(context: CliContext, exit: (code: number) => void): Command {
  const program = new Command('temporal-reaper')
    .description(CLI_DESCRIPTION)
    .version(reaperVersion)
    .addHelpText('after', HELP_AFTER)
    .showHelpAfterError('Use --help for the options.')
    .exitOverride()
    // For `run`, whose command has options of its own.
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    });
  // After the settings: a command copies them when it is added.
  for (const addCommand of COMMANDS) addCommand(program, context, exit);
  return program;
}
