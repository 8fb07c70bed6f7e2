import type { ActivateInput, ConcludeActivationInput } from '@temporalio/workflow';
import { LOCATE_LOCAL_ACTIVITY } from '../contract/names';
import { sdkState } from './workflow-sdk-state';

type Command = ConcludeActivationInput['commands'][number];

/**
 * Holds back the end of a run while sdk-core owes it the answer to a question of the kill, or to a cancel that the kill has
 * let through. With such an answer, sdk-core may send a command after the last one ("CompleteWorkflowExecution must be the
 * last command") if a local activity of the workflow's own is under way. The server refuses that, and the run closes 10 s
 * later or more.
 *
 * Nothing is left out because the run ends: a replay may hand over in one activation what came in several.
 */
export class HeldEnd {
  /** Sequence numbers of the questions, and of the activities with such a cancel. */
  private readonly unanswered = new Set<number>();
  private held: Command | undefined;

  /** @param isAnsweredAtOnce whether the cancel of the activity with that number was let through, and gets its answer in the same workflow task */
  constructor(private readonly isAnsweredAtOnce: (seq: number) => boolean) {}

  noteAnswers({ activation }: ActivateInput): void {
    for (const { resolveActivity } of activation.jobs ?? []) this.unanswered.delete(resolveActivity?.seq ?? -1);
  }

  hold(input: ConcludeActivationInput): ConcludeActivationInput {
    for (const { scheduleLocalActivity: asked, requestCancelActivity: cancelled } of input.commands) {
      if (asked?.activityType === LOCATE_LOCAL_ACTIVITY) this.unanswered.add(asked.seq ?? -1);
      if (cancelled && this.isAnsweredAtOnce(cancelled.seq ?? -1)) this.unanswered.add(cancelled.seq ?? -1);
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
