import { type Command, InvalidArgumentError } from 'commander';
import { ReaperError } from '../../contract/errors';
import { assertHostId } from '../../contract/task-queues';

export interface TargetFlags {
  workflowId: string;
  runId?: string;
}

function parseId(value: string): string {
  if (value.trim() === '') throw new InvalidArgumentError('It is empty.');
  return value;
}

export function parseHostId(value: string): string {
  try {
    assertHostId(value);
  } catch (error) {
    if (error instanceof ReaperError) throw new InvalidArgumentError(error.message);
    throw error;
  }
  return value;
}

function parseHosts(value: string, previous: string[] = []): string[] {
  return [...previous, parseHostId(value)];
}

function addRunOption(command: Command): Command {
  return command.option('-r, --run-id <id>', 'run id (default: the current run)', parseId);
}

export function addTargetOptions(command: Command): Command {
  return addRunOption(command.requiredOption('-w, --workflow-id <id>', 'workflow id', parseId));
}

/** The same for a command that has another way to name its target. */
export function addOptionalTargetOptions(command: Command): Command {
  return addRunOption(command.option('-w, --workflow-id <id>', 'workflow id', parseId));
}

export function addActivityOption(command: Command): Command {
  return command.option('-a, --activity-id <id>', 'cancel only this activity (default: the whole workflow)', parseId);
}

export function addWorkflowOption(command: Command): Command {
  return command.option('-w, --workflow-id <id>', 'only this workflow (default: every workflow)', parseId);
}

export function addHostOption(command: Command): Command {
  return command.option('--host <id>', 'only this host; repeat for several hosts (default: every host)', parseHosts);
}
