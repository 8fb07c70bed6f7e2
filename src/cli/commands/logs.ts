import type { CommandEnd } from '../../client';
import { type CommonFlags, useServer } from '../execute';
import { EXIT_CODE } from '../exit-codes';
import type { CliContext, ConnectedClient } from '../context';
import { runInterruptible } from '../interrupt';
import { addConnectionOptions } from '../options/connection';
import { addOutputOptions } from '../options/output';
import { addTargetOptions, type TargetFlags } from '../options/target';
import { printEnd, printNews } from '../render/command-news';
import { reportError } from '../report-error';
import type { AddCommand } from './command';

interface LogsFlags extends CommonFlags, TargetFlags {
  activityId?: string;
  follow?: boolean;
}

async function show(context: CliContext, flags: LogsFlags, { reaper }: ConnectedClient): Promise<void> {
  const { workflowId, runId, activityId, follow = false, output } = flags;
  const print = printNews(context, output);
  const texts = { stdout: '', stderr: '' };
  let end: CommandEnd | undefined;
  for await (const news of reaper.followCommand({ workflowId, runId, activityId }, follow)) {
    if (news.type === 'end') end = news;
    else print(news);
    if (news.type === 'output') texts[news.stream] += news.text;
  }
  if (end) printEnd(context, end, output, { workflowId });
  else if (output === 'json') context.stdout.write(`${JSON.stringify({ workflowId, how: 'running', ...texts })}\n`);
}

export const addLogs: AddCommand = (program, context, exit) => {
  const command = program.command('logs').description('Show the output of a command that runs, or has ended');
  addTargetOptions(command);
  command
    .option(
      '-a, --activity-id <id>',
      'the activity (default: the only one that runs, or the last command that has ended)',
    )
    .option('-f, --follow', 'go on until it has ended');
  addOutputOptions(command);
  addConnectionOptions(command).action(async (flags: LogsFlags) => {
    try {
      const shown = useServer(context, flags, (connected) => show(context, flags, connected));
      await runInterruptible(context, 'The command keeps running.', shown);
      exit(EXIT_CODE.done);
    } catch (error) {
      exit(reportError(context, error, flags.output));
    }
  });
};
