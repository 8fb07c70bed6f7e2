import type { ActivateInput, ConcludeActivationInput } from '@temporalio/workflow';
import { CANCEL_ACTIVITY_SIGNAL } from '../contract/names';
import { isOwnActivity } from './workflow-own-activities';

export type Command = ConcludeActivationInput['commands'][number];
export type Job = NonNullable<ActivateInput['activation']['jobs']>[number];

/** What sdk-core has yet to tell the interceptor in this run; all by sequence number. */
export class Awaited {
  /** Where activities run. */
  private readonly questions = new Set<number>();
  /** Cancels that were let through after a kill, and that sdk-core answers by itself in the next activation. */
  private readonly cancels = new Set<number>();

  /** @param isAnsweredAtOnce whether a cancel of that activity comes after a kill, and sdk-core answers it by itself */
  constructor(private readonly isAnsweredAtOnce: (seq: number) => boolean) {}

  /** Whether sdk-core answers one of these in the next activation. */
  hasCancelAmong(commands: readonly Command[]): boolean {
    return commands.some(({ requestCancelActivity }) => this.isAnsweredAtOnce(requestCancelActivity?.seq ?? -1));
  }

  noteSent(commands: readonly Command[]): void {
    for (const { scheduleLocalActivity, requestCancelActivity } of commands) {
      const [question, cancelled] = [scheduleLocalActivity?.seq ?? -1, requestCancelActivity?.seq ?? -1];
      if (isOwnActivity(question)) this.questions.add(question);
      if (this.isAnsweredAtOnce(cancelled)) this.cancels.add(cancelled);
    }
  }

  noteAnswered(jobs: readonly Job[]): void {
    for (const { resolveActivity } of jobs) {
      for (const awaited of [this.questions, this.cancels]) awaited.delete(resolveActivity?.seq ?? -1);
    }
  }

  /** Whether the end of the run has to wait. */
  get holdsEnd(): boolean {
    return this.questions.size + this.cancels.size > 0;
  }

  isQuestion({ resolveActivity }: Job): boolean {
    return this.questions.has(resolveActivity?.seq ?? -1);
  }

  isCancel({ resolveActivity }: Job): boolean {
    return this.cancels.has(resolveActivity?.seq ?? -1);
  }
}

/** Whether it is for the interceptor alone, and may let a cancel through. */
export function isOurs(job: Job): boolean {
  return isOwnActivity(job.resolveActivity?.seq ?? -1) || isCancelSignal(job);
}

export function isCancelSignal({ signalWorkflow }: Job): boolean {
  return signalWorkflow?.signalName === CANCEL_ACTIVITY_SIGNAL;
}

/** Whether workflow code may run because of it. */
export function isHeard(job: Job): boolean {
  return !(job.queryWorkflow ?? job.notifyHasPatch ?? job.updateRandomSeed ?? job.removeFromCache);
}
