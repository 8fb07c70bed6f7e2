import type { ActivateInput, ConcludeActivationInput } from '@temporalio/workflow';
import { AsyncLocalStorage, proxyLocalActivities } from '@temporalio/workflow';
import type { LocateRequest, LocateResult } from '../contract/control-requests';
import { LOCATE_LOCAL_ACTIVITY } from '../contract/names';
import { sdkState } from './workflow-sdk-state';

type Command = ConcludeActivationInput['commands'][number];
type Job = NonNullable<ActivateInput['activation']['jobs']>[number];

/** Within this many microtasks, all has been done that follows from the other jobs of an activation. */
const SETTLE_TICKS = 256;

/** A static method of Node's class, which is what the sandbox has by that name. */
interface BindsContext {
  bind<F>(fn: F): F;
}

/** Given the result, or an error that says why there is none. */
type Answer = (result: LocateResult | Error) => void;

/**
 * The questions where activities run, each a local activity, and the end of the run in relation to them.
 *
 * Live, each local activity is answered in an activation of its own; a replay hands over several answers at once. What
 * follows from them would then go by the number of microtasks that each takes. So an answer takes effect at the place of its
 * job: at once if it comes first, otherwise when all has been done that follows from the jobs before it.
 *
 * The end of a run is held back until sdk-core owes us no answer, be it to a question or to a cancel that a kill has let
 * through. With an activation after the end, sdk-core may send the result of a local activity after the last command
 * ("CompleteWorkflowExecution must be the last command"); the server refuses that, and the run closes 10 s later or more.
 * Meanwhile workflow code hears of nothing, as if the run had ended.
 */
export class Questions {
  /** Asked, but the command is not on its way yet; oldest first. */
  private readonly unsent: Answer[] = [];
  /** By sequence number. */
  private readonly unanswered = new Map<number, Answer>();
  /** Answers of this activation that come after other jobs. */
  private readonly late = new Set<number>();
  /** Activities with a cancel that sdk-core answers in the next activation. */
  private readonly cancelled = new Set<number>();
  private othersCame = false;
  private held: Command | undefined;
  /** Whether the end was held back: workflow code hears of nothing any more. */
  private hasWaited = false;

  /** @param isAnsweredAtOnce whether a kill has let the cancel of that activity through, and sdk-core answers it by itself */
  constructor(private readonly isAnsweredAtOnce: (seq: number) => boolean) {}

  /** Whether the workflow has ended, which kills what is still to be killed. */
  get hasEnded(): boolean {
    return this.hasWaited || sdkState().commands.some(isLast);
  }

  ask(request: LocateRequest, onAnswer: Answer): void {
    // In the context that asks: it holds the trace, for instance.
    const answer = (AsyncLocalStorage as unknown as BindsContext).bind(onAnswer);
    this.unsent.push(answer);
    const { [LOCATE_LOCAL_ACTIVITY]: ask } = proxyLocalActivities<
      Record<string, (request: LocateRequest) => Promise<LocateResult>>
    >({
      startToCloseTimeout: '5s',
      scheduleToCloseTimeout: '6s',
      retry: { maximumAttempts: 1 },
    });
    // Only where a user's interceptor answers in place of the SDK.
    const answerUnsent = (result: LocateResult | Error): void => {
      const index = this.unsent.indexOf(answer);
      if (index >= 0) this.unsent.splice(index, 1)[0](result);
    };
    ask(request).then(answerUnsent, answerUnsent);
  }

  /** @returns what the SDK is to see of the activation */
  activate(input: ActivateInput): ActivateInput {
    const jobs = input.activation.jobs ?? [];
    for (const job of jobs) {
      this.cancelled.delete(job.resolveActivity?.seq ?? -1);
      if (!this.isAnswer(job)) this.othersCame ||= isHeard(job);
      else if (this.othersCame) this.late.add(job.resolveActivity?.seq ?? -1);
    }
    if (!this.hasWaited) return input;
    const heard = jobs.filter((job) => this.isAnswer(job) || !isHeard(job));
    return { ...input, activation: { ...input.activation, jobs: heard } };
  }

  conclude(input: ConcludeActivationInput): ConcludeActivationInput {
    const { commands } = input;
    const end = this.held ?? commands.find(isLast);
    this.othersCame = false;
    for (const { scheduleLocalActivity, requestCancelActivity } of commands) {
      if (scheduleLocalActivity?.activityType === LOCATE_LOCAL_ACTIVITY) this.noteSent(scheduleLocalActivity.seq ?? -1);
      const cancelled = requestCancelActivity?.seq ?? -1;
      if (this.isAnsweredAtOnce(cancelled)) this.cancelled.add(cancelled);
    }
    const isOver = this.unanswered.size + this.cancelled.size === 0;
    if (!end || (isOver && !this.held)) return input;
    this.held = isOver ? undefined : end;
    this.hasWaited = true;
    sdkState().completed = isOver;
    const others = commands.filter((command) => !isLast(command));
    return { commands: isOver ? [...others, end] : others };
  }

  private isAnswer({ resolveActivity }: Job): boolean {
    return this.unanswered.has(resolveActivity?.seq ?? -1);
  }

  /** Takes the answer where the SDK hands it over, in the order of the jobs: the promise is microtasks behind. */
  private noteSent(seq: number): void {
    const completion = sdkState().completions.activity.get(seq);
    const answer = completion && this.unsent.shift();
    if (!answer) return;
    this.unanswered.set(seq, answer);
    const take = (result: LocateResult | Error): void => {
      this.unanswered.delete(seq);
      if (this.late.delete(seq)) void settled().then(() => answer(result));
      else answer(result);
    };
    const { resolve, reject } = completion;
    completion.resolve = (result) => {
      take(result as LocateResult);
      resolve(result);
    };
    completion.reject = (error) => {
      take(error);
      reject(error);
    };
  }
}

/** In microtasks, and not at the end of the activation, because a user's interceptor may take some more to pass on a kill. */
async function settled(): Promise<void> {
  for (let tick = 0; tick < SETTLE_TICKS; tick++) await Promise.resolve();
}

/** Whether workflow code may run because of it. */
function isHeard(job: Job): boolean {
  return !(job.queryWorkflow ?? job.notifyHasPatch ?? job.updateRandomSeed ?? job.removeFromCache);
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
