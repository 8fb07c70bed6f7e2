import type { ConnectionLike } from '@temporalio/client';
import type { AttemptRef } from '../contract/attempt-ref';
import { isUnreachable } from '../contract/grpc-status';
import type { Ledger, LedgerEntry } from '../tracking/ledger';
import { cancelCameAfter } from './cancel-order';
import { type Answer, Questions, isAskedTogether, questionOf } from './questions';
import { type Verdict, runIsClosed } from './run-verdict';
import type { PollBudget } from './watch/poll-budget';
import { Polls } from './watch/polls';
import { Rounds } from './watch/rounds';
import { Silence } from './watch/silence';

/** Most attempts with a process that end sooner have cost no poll. */
const POLL_LIVE_AFTER_MS = 100;
/** The same for those without one. */
const POLL_IDLE_AFTER_MS = 1_000;

/** Who hears what the watch has seen. */
export interface WatchEvents {
  /** An attempt is over for Temporal, and still has processes. */
  onOver: (entry: LedgerEntry, reason: string) => void;
  /** An attempt without any is over for Temporal; told once. */
  onIdleOver: (entry: LedgerEntry) => void;
  /** Nobody has answered for its heartbeat timeout. */
  onSilence: (entry: LedgerEntry, reason: string) => void;
  onError: (error: unknown) => void;
}

/** What came of a question; `silent`: nobody answered, else it was an error that says nothing of the attempt. */
type Asked = { answer: Answer } | { silent: boolean };

/**
 * Learns from Temporal what becomes of the runs whose attempts are here: a long poll for each run brings news at once, and
 * a look now and then what no poll shows, or all where there is no poll to be had. Read-only, no billed action, and it works
 * for workflows in any language; heartbeats would be late, billed, and overwrite the user's details.
 */
export class Watch {
  private polls: Polls | undefined;
  private readonly rounds: Rounds;
  private readonly silence: Silence;
  /** Attempts whose run had an unhandled cancel at the last look. */
  private readonly cancelPending = new WeakSet<LedgerEntry>();
  /** Attempts without processes that have been told that they are over. */
  private readonly told = new WeakSet<LedgerEntry>();
  private readonly questions: Questions;

  /**
   * @param everyActivity whether attempts that have no process are watched too
   * @param budget undefined: no polls, as on a connection that is not ours to close: an open one would keep its process
   *   from ending, and cannot be withdrawn
   */
  constructor(
    private readonly connection: ConnectionLike,
    private readonly ledger: Ledger,
    private readonly events: WatchEvents,
    private readonly everyActivity = false,
    private readonly budget?: PollBudget,
  ) {
    this.questions = new Questions(connection);
    this.silence = new Silence((entry, reason) => {
      if (entry.isLive && this.isWatched(entry)) events.onSilence(entry, reason);
    });
    this.rounds = new Rounds(
      {
        watched: () => ledger.all().filter((entry) => this.isWatched(entry)),
        isPolled: (question) => this.polls?.isUpToDate(question) ?? false,
        look: (entries) => this.look(entries),
      },
      this.silence,
    );
  }

  /** Begins to watch. `intervalMs`: between two looks at a run that has no poll. */
  start(intervalMs: number): void {
    if (this.budget) this.polls = this.makePolls(this.budget);
    this.ledger.all().forEach((entry) => this.note(entry));
    this.rounds.start(intervalMs);
  }

  stop(): void {
    this.rounds.stop();
    this.polls?.stop();
  }

  /** Watches an attempt that has been opened, or has its first process. */
  note(entry: LedgerEntry): void {
    if (this.isWatched(entry)) this.polls?.watch(entry.attempt, entry.isLive ? POLL_LIVE_AFTER_MS : POLL_IDLE_AFTER_MS);
  }

  /** Looks at one attempt now, and acts when it is over. Says what it has seen. */
  async lookAt(entry: LedgerEntry): Promise<'over' | 'goes on' | 'no answer'> {
    const asked = await this.ask(entry);
    if (!this.isWatched(entry)) return 'over';
    if (!('answer' in asked)) return asked.silent ? 'no answer' : 'goes on';
    const verdict = asked.answer(entry);
    if (verdict.over) this.tell(entry, verdict);
    return verdict.over ? 'over' : 'goes on';
  }

  private makePolls(budget: PollBudget): Polls {
    return new Polls(this.connection, budget, {
      isWanted: (attempt) => this.watchedOf(attempt).length > 0,
      hasProcesses: (attempt) => this.watchedOf(attempt).some(({ isLive }) => isLive),
      onAnswer: () => this.silence.answered(),
      onClosed: (attempt) => this.watchedOf(attempt).forEach((entry) => this.tell(entry, runIsClosed)),
      onNews: async (attempt) => {
        const entries = this.watchedOf(attempt);
        if (entries.length > 0) await this.look(entries);
      },
      onError: (_, error) => this.events.onError(error),
    });
  }

  private isWatched(entry: LedgerEntry): boolean {
    if (this.ledger.get(entry.token) !== entry || entry.kill) return false;
    return entry.isLive || (this.everyActivity && !entry.isLocal && !this.told.has(entry));
  }

  private watchedOf(attempt: AttemptRef): LedgerEntry[] {
    return this.ledger.all().filter((entry) => isAskedTogether(entry.attempt, attempt) && this.isWatched(entry));
  }

  /** Asks about attempts that share a question, and acts on the answer; false when nobody has answered. */
  private async look(entries: LedgerEntry[]): Promise<boolean> {
    this.rounds.asked(questionOf(entries[0].attempt));
    const asked = await this.ask(entries[0]);
    if (!('answer' in asked)) return !asked.silent;
    this.silence.answered();
    for (const entry of entries) {
      if (this.isWatched(entry)) await this.judge(entry, asked.answer(entry)).catch(this.events.onError);
    }
    return true;
  }

  private async ask(entry: LedgerEntry): Promise<Asked> {
    try {
      const answer = await this.questions.ask(entry);
      // An attempt that ended meanwhile has told us so before it told the server: let that message in first.
      await new Promise((resolve) => setImmediate(resolve));
      return { answer };
    } catch (error) {
      this.events.onError(error);
      return { silent: isUnreachable(error) };
    }
  }

  private async judge(entry: LedgerEntry, verdict: Verdict): Promise<void> {
    const wasPending = this.cancelPending.delete(entry);
    if (verdict.over) {
      this.tell(entry, verdict);
    } else if (verdict.cancelPending && entry.syncDepth > 0) {
      // The workflow task may be waiting for the very loop that this call blocks. Two looks, so that a workflow that
      // runs elsewhere has the time to decide for itself.
      if (!wasPending) this.cancelPending.add(entry);
      else if (await cancelCameAfter(this.connection, entry.attempt)) {
        this.events.onOver(entry, 'its run has a cancel, and it blocks the worker');
      }
    }
  }

  private tell(entry: LedgerEntry, { reason, isPause }: Verdict & { over: true }): void {
    if (entry.isLive) {
      this.events.onOver(entry, reason);
    } else if (!isPause) {
      // A pause lets an activity that asks for nothing go on.
      this.told.add(entry);
      this.events.onIdleOver(entry);
    }
  }
}
