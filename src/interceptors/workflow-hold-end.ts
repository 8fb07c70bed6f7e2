import type { ActivateInput, ConcludeActivationInput } from '@temporalio/workflow';
import { LOCATE_LOCAL_ACTIVITY } from '../contract/names';
import { sdkState } from './workflow-sdk-state';

type Command = ConcludeActivationInput['commands'][number];

/**
 * Holds back the end of a run until the kill's questions are answered. sdk-core may send a command after the last one when
 * a run ends with two local activities under way ("CompleteWorkflowExecution must be the last command"); the server refuses
 * that, and the run closes 10 s later or more. One of the two may be the workflow's own: the other must not be ours.
 *
 * Nothing is left out because the run ends: a replay may hand over in one activation what came in several.
 */
export class HeldEnd {
  /** Sequence numbers of the questions under way. */
  private readonly unanswered = new Set<number>();
  private held: Command | undefined;

  noteAnswers({ activation }: ActivateInput): void {
    for (const { resolveActivity } of activation.jobs ?? []) this.unanswered.delete(resolveActivity?.seq ?? -1);
  }

  hold(input: ConcludeActivationInput): ConcludeActivationInput {
    for (const { scheduleLocalActivity: asked } of input.commands) {
      if (asked?.activityType === LOCATE_LOCAL_ACTIVITY) this.unanswered.add(asked.seq ?? -1);
    }
    const isOver = this.unanswered.size === 0;
    const end = this.held ?? input.commands.find(isLast);
    if (!end || (isOver && !this.held)) return input;
    this.held = isOver ? undefined : end;
    sdkState().completed = isOver;
    const others = input.commands.filter((command) => !isLast(command));
    return { commands: isOver ? [...others, end] : others };
  }
}

/** Whether nothing may follow it. */
function isLast(command: Command): boolean {
  return Boolean(
    command.completeWorkflowExecution ??
    command.failWorkflowExecution ??
    command.cancelWorkflowExecution ??
    command.continueAsNewWorkflowExecution,
  );
}
