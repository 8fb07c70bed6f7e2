import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { CommandRequest, CommandResult } from '../contract/command';
import { COMMAND_ACTIVITY_ID } from '../contract/names';
import type { RunCommandRequest } from '../contract/workflow-requests';

interface Commands {
  runCommand(command: CommandRequest): Promise<CommandResult>;
}

/** Runs one command on a task queue whose worker has registered `runCommand`. It is not retried: somebody waits for it. */
export function runCommand({ taskQueue, command }: RunCommandRequest): Promise<CommandResult> {
  const commands = proxyActivities<Commands>({
    taskQueue,
    activityId: COMMAND_ACTIVITY_ID,
    startToCloseTimeout: '30d',
    // The SDK sends heartbeats, and with them the output, once in 0.8 of it.
    heartbeatTimeout: '5s',
    retry: { maximumAttempts: 1 },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
  return commands.runCommand(command);
}
