import type { Command, Option } from 'commander';

/** An option as a shell completes it. */
export interface CompletedOption {
  /** `-o`, `--output`. */
  flags: string[];
  description: string;
  value: 'none' | 'optional' | 'required';
  /** What its value is called, such as `id`; a shell offers files for a `path`. */
  valueName: string;
  /** The values that there are; empty: any. */
  choices: string[];
}

/** A command as a shell completes it. */
export interface CompletedCommand {
  name: string;
  description: string;
  options: CompletedOption[];
  /** The values of its argument; empty: any, or it takes none. */
  choices: string[];
}

function completedOption({
  short,
  long,
  flags,
  description,
  required,
  optional,
  argChoices = [],
}: Option): CompletedOption {
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    description,
    value: required ? 'required' : optional ? 'optional' : 'none',
    valueName: /[<[]([^>\]]+)[>\]]$/.exec(flags)?.[1] ?? '',
    choices: argChoices,
  };
}

/** What the parser itself knows of a command: a list kept by hand would go stale. */
function completedCommand(command: Command): CompletedCommand {
  const help = command.createHelp();
  return {
    name: command.name(),
    description: command.description(),
    options: help.visibleOptions(command).map(completedOption),
    choices: help.visibleArguments(command).flatMap(({ argChoices = [] }) => argChoices),
  };
}

/** The program's own options, and its commands. */
export interface CompletedProgram {
  options: CompletedOption[];
  commands: CompletedCommand[];
}

/** Everything that a shell can complete. */
export function completedProgram(program: Command): CompletedProgram {
  const commands = program.createHelp().visibleCommands(program).map(completedCommand);
  const names = commands.map(({ name }) => name);
  return {
    options: completedCommand(program).options,
    commands: commands.map((command) => (command.name === 'help' ? { ...command, choices: names } : command)),
  };
}
