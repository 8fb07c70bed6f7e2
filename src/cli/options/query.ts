import { type Command, InvalidArgumentError, Option } from 'commander';

/** How to select several workflows. */
export interface QueryFlags {
  query?: string;
  yes?: boolean;
}

function parseQuery(value: string): string {
  // The server takes an empty query for "all".
  if (value.trim() === '') throw new InvalidArgumentError('It is empty.');
  return value;
}

/** Adds `--query`, which names the target instead of the options for one. */
export function addQueryOption(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--query <query>',
        "every running workflow that this visibility query selects, e.g. WorkflowType = 'build'",
      )
        .conflicts(['workflowId', 'runId', 'activityId'])
        .argParser(parseQuery),
    )
    .option('-y, --yes', 'with --query: do not ask for confirmation; required without a terminal');
}
