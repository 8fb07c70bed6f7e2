import { type Command, Option } from 'commander';

export interface OutputFlags {
  output: 'text' | 'json';
  color: boolean;
}

export function addOutputOptions(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .addOption(new Option('-o, --output <format>', 'format of the result').choices(['text', 'json']).default('text'))
    .option('--no-color', 'no colour (default: colour on a terminal unless NO_COLOR is set)');
}
