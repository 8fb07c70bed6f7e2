import type { ConnectionLike } from '@temporalio/client';
import type { AttemptRef } from '../../contract/attempt-ref';
import { questionOf } from './questions';
import { HistoryPoll } from './history-poll';
import type { PollBudget } from './poll-budget';
import { RunPoll, type RunPollEvents } from './run-poll';
import { StandalonePoll } from './standalone-poll';

/** The events of a poll, with the attempt that it was opened for: all attempts of its run share it. */
type AboutRun = {
  [Name in keyof Omit<RunPollEvents, 'onEnd'>]: (
    attempt: AttemptRef,
    ...args: Parameters<RunPollEvents[Name]>
  ) => ReturnType<RunPollEvents[Name]>;
};

/** The long polls of a host: one for each run with watched attempts; the attempts of a run share it. */
export class RunPolls {
  private readonly polls = new Map<string, RunPoll>();

  constructor(
    private readonly connection: ConnectionLike,
    private readonly budget: PollBudget,
    private readonly events: AboutRun,
  ) {}

  /** Begins to watch the attempt's run within that time. */
  watch(attempt: AttemptRef, withinMs: number): void {
    const key = questionOf(attempt);
    let poll = this.polls.get(key);
    if (!poll) {
      poll = this.make(key, attempt);
      this.polls.set(key, poll);
    }
    poll.beginWithin(withinMs);
  }

  /** Whether a poll would show at once everything that a poll can show of that question's run. */
  isUpToDate(key: string): boolean {
    return this.polls.get(key)?.isUpToDate ?? false;
  }

  stop(): void {
    for (const poll of this.polls.values()) poll.stop();
    this.polls.clear();
  }

  private make(key: string, attempt: AttemptRef): RunPoll {
    const { connection, budget, events } = this;
    const Kind = attempt.workflowId === '' ? StandalonePoll : HistoryPoll;
    return new RunPoll(new Kind(connection, attempt), budget, {
      isWanted: () => events.isWanted(attempt),
      hasProcesses: () => events.hasProcesses(attempt),
      onAnswer: () => events.onAnswer(attempt),
      onClosed: () => events.onClosed(attempt),
      onNews: () => events.onNews(attempt),
      onError: (error) => events.onError(attempt, error),
      onEnd: () => this.polls.delete(key),
    });
  }
}
