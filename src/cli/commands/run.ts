import { type Command, InvalidArgumentError } from 'commander';
import type { CommandRequest } from '../../contract/command';
import { durationMs } from '../../contract/escalation';
import type { CliContext, ConnectedClient } from '../context';
import { type CommonFlags, useServer } from '../execute';
import { EXIT_CODE } from '../exit-codes';
import { addConnectionOptions } from '../options/connection';
import { addFirstStepOptions, escalationOf, type EscalationFlags } from '../options/escalation';
import { addOutputOptions } from '../options/output';
import { reportError } from '../report-error';
import { runAttached } from '../run-attached';
import type { AddCommand } from './command';

interface RunFlags extends CommonFlags, EscalationFlags {
  taskQueue: string;
  cwd?: string;
  env?: Record<string, string>;
  secret?: string[];
  timeout?: number;
  detach?: boolean;
}

function parseVariable(value: string, previous: Record<string, string> = {}): Record<string, string> {
  const at = value.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('Give NAME=VALUE.');
  return { ...previous, [value.slice(0, at)]: value.slice(at + 1) };
}

function parseTimeout(value: string): number {
  try {
    return Math.round(durationMs('timeout', value as '1s', 1, 2 ** 31 - 1));
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function commandOf([file, ...args]: string[], flags: RunFlags): CommandRequest {
  const { cwd, env, secret: secrets, timeout: timeoutMs } = flags;
  const { signal: killSignal, graceMs } = escalationOf(flags) ?? {};
  const grace = graceMs === undefined ? undefined : Math.round(durationMs('grace', graceMs, 0, 3_600_000));
  // The end of the output fills the gaps between heartbeats, so keep much of it.
  return { file, args, cwd, env, secrets, timeoutMs, killSignal, graceMs: grace, keepBytes: 900_000 };
}

function addCommandOptions(command: Command): Command {
  return command
    .option('--cwd <folder>', 'folder on the worker')
    .option('--env <name=value>', 'a variable; repeat for several', parseVariable)
    .option(
      '--secret <name>',
      'a variable whose value the worker looks up, and masks in the output; repeat for several',
      (name: string, previous: string[] = []) => [...previous, name],
    )
    .option('--timeout <duration>', 'how long it may run (default: no limit)', parseTimeout);
}

async function runCommand(
  context: CliContext,
  flags: RunFlags,
  words: string[],
  connected: ConnectedClient,
): Promise<number> {
  const { taskQueue, detach, output } = flags;
  const started = await connected.reaper.startCommand({ taskQueue, command: commandOf(words, flags) });
  if (!detach) return runAttached(context, connected, started, output);
  const { workflowId, activityId } = started;
  context.stdout.write(`${output === 'json' ? JSON.stringify(started) : `-w ${workflowId} -a ${activityId}`}\n`);
  return EXIT_CODE.done;
}

export const addRun: AddCommand = (program, context, exit) => {
  const command = program
    .command('run')
    .description('Run a command as an activity, show its output, and end with its exit code')
    .usage('--task-queue <name> [options] -- <command> [arguments...]')
    .argument('<command...>', 'the command and its arguments')
    .passThroughOptions()
    .requiredOption('--task-queue <name>', 'task queue of a worker that has registered runCommand');
  addCommandOptions(command);
  command.option('--detach', 'print the ids of workflow and activity, and leave it running');
  addFirstStepOptions(command);
  addOutputOptions(command);
  addConnectionOptions(command).action(async (words: string[], flags: RunFlags) => {
    try {
      exit(await useServer(context, flags, (connected) => runCommand(context, flags, words, connected)));
    } catch (error) {
      exit(reportError(context, error, flags.output));
    }
  });
};
