import type { ConcludeActivationInput } from '@temporalio/workflow';
import { type Awaited, type Command, type Job, isHeard } from './workflow-awaited';
import { sdkState } from './workflow-sdk-state';

/**
 * Holds back the end of a run until sdk-core has answered a question, and each cancel that a kill has let through. With an
 * activation after the end, sdk-core may send the result of a local activity after the last command
 * ("CompleteWorkflowExecution must be the last command"); the server refuses that, and the run closes 10 s later or more.
 * Meanwhile workflow code hears of nothing, as if the run had ended.
 */
export class RunEnd {
  private held: Command | undefined;
  private hasWaited = false;

  constructor(private readonly awaited: Awaited) {}

  /** Whether the workflow has ended, which kills by itself what is still to be killed. */
  get hasCome(): boolean {
    return this.hasWaited || sdkState().commands.some(isLast);
  }

  /** What the workflow is to see of them. */
  hearable(jobs: Job[]): Job[] {
    return this.hasCome ? jobs.filter((job) => this.awaited.isQuestion(job) || !isHeard(job)) : jobs;
  }

  conclude(input: ConcludeActivationInput): ConcludeActivationInput {
    const { commands } = input;
    const end = this.held ?? commands.find(isLast);
    const isOver = !this.awaited.holdsEnd;
    if (!end || (isOver && !this.held)) return input;
    this.held = isOver ? undefined : end;
    this.hasWaited = true;
    sdkState().completed = isOver;
    const others = commands.filter((command) => !isLast(command));
    return { commands: isOver ? [...others, end] : others };
  }
}

/** Whether no command may follow it. */
function isLast(command: Command): boolean {
  return Boolean(
    command.completeWorkflowExecution ??
    command.failWorkflowExecution ??
    command.cancelWorkflowExecution ??
    command.continueAsNewWorkflowExecution,
  );
}
