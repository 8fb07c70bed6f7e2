import type { ConnectionLike } from '@temporalio/client';
import type { AttemptRef } from '../../contract/attempt-ref';
import { isUnreachable } from '../../server/grpc-status';
import type { AttemptLedger } from '../../tracking/ledger';
import type { HoldEnd } from '../../tracking/reaper-protocol';
import type { LedgerEntry } from '../../tracking/ledger-entry';
import { cancelCameAfter } from '../../server/cancel-order';
import { type AttemptAnswer, RunQuestions, isAskedTogether, questionOf } from './questions';
import { type RunVerdict, runIsClosed, holdEndOf } from './run-verdict';
import type { PollBudget } from './poll-budget';
import { RunPolls } from './polls';
import { WatchRounds } from './rounds';
import { SilentAttempts } from './silence';

/** Most attempts with a process that end sooner never cost a poll. */
const POLL_LIVE_AFTER_MS = 100;
/** The same for attempts without a process. */
const POLL_IDLE_AFTER_MS = 1_000;

/** Receives what the watch has seen. */
export interface WatchEvents {
  /** An attempt that still has processes is over for Temporal. `isFinal`: its timeouts no longer count. */
  onOver: (entry: LedgerEntry, reason: string, isFinal?: boolean) => void;
  /** An attempt without processes is over for Temporal; called once. */
  onIdleOver: (entry: LedgerEntry, by: HoldEnd) => void;
  /** The server has not answered for as long as the attempt's heartbeat timeout. */
  onSilence: (entry: LedgerEntry, reason: string) => void;
  onError: (error: unknown) => void;
}

/** The result of a question; `silent`: the server did not answer; otherwise an error that says nothing about the attempt. */
type Asked = { answer: AttemptAnswer } | { silent: boolean };

/**
 * Learns from Temporal what becomes of the runs whose attempts are here. A long poll for each run brings news at once; an
 * occasional look finds what no poll shows, or everything if no poll can be had. Both are read-only, cost no billed action,
 * and work for workflows in any language; heartbeats would be late, billed, and overwrite the user's details.
 */
export class RunWatch {
  private polls: RunPolls | undefined;
  private readonly rounds: WatchRounds;
  private readonly silence: SilentAttempts;
  /** Attempts whose run had an unhandled cancel at the last look. */
  private readonly cancelPending = new WeakSet<LedgerEntry>();
  /** Attempts without processes that have already been told that they are over. */
  private readonly told = new WeakSet<LedgerEntry>();
  private readonly questions: RunQuestions;

  /**
   * @param everyActivity whether attempts without processes are watched too
   * @param budget undefined: no polls, as on a connection that we must not close: an open poll cannot be withdrawn and would
   *   keep the process from ending
   */
  constructor(
    private readonly connection: ConnectionLike,
    private readonly ledger: AttemptLedger,
    private readonly events: WatchEvents,
    private readonly everyActivity = false,
    private readonly budget?: PollBudget,
  ) {
    this.questions = new RunQuestions(connection);
    this.silence = new SilentAttempts((entry, reason) => {
      if (entry.isLive && this.isWatched(entry)) events.onSilence(entry, reason);
    });
    this.rounds = new WatchRounds(
      {
        watched: () => ledger.all().filter((entry) => this.isWatched(entry)),
        isPolled: (question) => this.polls?.isUpToDate(question) ?? false,
        look: (entries) => this.look(entries),
      },
      this.silence,
    );
  }

  /** Begins to watch. `intervalMs`: time between two looks at a run that has no poll. */
  start(intervalMs: number): void {
    if (this.budget) this.polls = this.makePolls(this.budget);
    this.ledger.all().forEach((entry) => this.note(entry));
    this.rounds.start(intervalMs);
  }

  stop(): void {
    this.rounds.stop();
    this.polls?.stop();
  }

  /** Watches an attempt that has just been opened or has started its first process. */
  note(entry: LedgerEntry): void {
    if (this.isWatched(entry)) this.polls?.watch(entry.attempt, entry.isLive ? POLL_LIVE_AFTER_MS : POLL_IDLE_AFTER_MS);
  }

  /** Looks at one attempt now, and acts if it is over. Returns what it has seen. */
  async lookAt(entry: LedgerEntry): Promise<'over' | 'goes on' | 'no answer'> {
    const asked = await this.ask(entry);
    if (!this.isWatched(entry)) return 'over';
    if (!('answer' in asked)) return asked.silent ? 'no answer' : 'goes on';
    const verdict = asked.answer(entry);
    if (verdict.over) this.tell(entry, verdict);
    return verdict.over ? 'over' : 'goes on';
  }

  private makePolls(budget: PollBudget): RunPolls {
    return new RunPolls(this.connection, budget, {
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

  /** Asks about attempts that share a question, and acts on the answer; false when the server did not answer. */
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
      // An attempt that ended meanwhile has told us before it told the server: let that message in first.
      await new Promise((resolve) => setImmediate(resolve));
      return { answer };
    } catch (error) {
      this.events.onError(error);
      return { silent: isUnreachable(error) };
    }
  }

  private async judge(entry: LedgerEntry, verdict: RunVerdict): Promise<void> {
    const wasPending = this.cancelPending.delete(entry);
    if (verdict.over) {
      this.tell(entry, verdict);
    } else if (verdict.cancelPending && entry.syncDepth > 0) {
      // The workflow task may be waiting for the very event loop that this call blocks. Require two looks, so that a
      // workflow that runs elsewhere has time to decide for itself.
      if (!wasPending) this.cancelPending.add(entry);
      else if (await cancelCameAfter(this.connection, entry.attempt)) {
        this.events.onOver(entry, 'its run was cancelled while it blocks the worker');
      }
    }
  }

  private tell(entry: LedgerEntry, verdict: RunVerdict & { over: true }): void {
    const { reason, isPause, isFinal } = verdict;
    if (entry.isLive) {
      this.events.onOver(entry, reason, isFinal);
    } else if (!isPause) {
      // A pause must not stop an activity without processes.
      this.told.add(entry);
      this.events.onIdleOver(entry, holdEndOf(verdict));
    }
  }
}
