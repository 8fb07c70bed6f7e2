import type { ConnectionLike } from '@temporalio/client';
import { isUnreachable } from '../contract/grpc-status';
import type { Ledger, LedgerEntry } from '../tracking/ledger';
import { cancelCameAfter } from './cancel-order';
import { type Answer, Questions, questionOf } from './questions';
import type { Verdict } from './run-verdict';

/** A host asks at most this often, however many runs it has. */
const LOOKS_PER_SECOND = 20;
/** How long a killed attempt's cancel is looked for, as long as the attempt is held open. */
export const FOLLOW_MS = 10_000;

/**
 * Asks Temporal, about once a second, what became of the runs that have live processes here. Read-only, no billed
 * action, and it works for workflows in any language; heartbeats would be late, billed, and overwrite the user's details.
 */
export class Watch {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  /** Entries whose run had an unhandled cancel at the last look. */
  private cancelPending = new Set<string>();
  private readonly questions: Questions;
  /** Unix time in ms of the first look that nobody answered since somebody did; undefined when the last one was answered. */
  private unansweredSince: number | undefined;

  constructor(
    private readonly connection: ConnectionLike,
    private readonly ledger: Ledger,
    /** Called for an attempt that is over for Temporal and still has processes. */
    private readonly onOver: (entry: LedgerEntry, reason: string) => void,
    private readonly onError: (error: unknown) => void,
  ) {
    this.questions = new Questions(connection);
  }

  /** Begins to look, every `intervalMs`. */
  start(intervalMs: number): void {
    this.schedule(intervalMs, intervalMs);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Waits until Temporal is done with a killed attempt; false when it is not within {@link FOLLOW_MS}. */
  async follow(entry: LedgerEntry, isOpen: () => boolean): Promise<boolean> {
    const deadline = Date.now() + FOLLOW_MS;
    for (let pauseMs = 2; isOpen() && !this.stopped && Date.now() < deadline; pauseMs = Math.min(pauseMs * 1.5, 200)) {
      try {
        if ((await this.questions.ask(entry))(entry).over) return true;
      } catch (error) {
        this.onError(error);
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    return false;
  }

  /** Looks at one attempt now, and kills it when it is over. Says what it has seen. */
  async lookAt(entry: LedgerEntry): Promise<'over' | 'goes on' | 'no answer'> {
    const answer = await this.ask([entry]);
    if (!answer) return 'no answer';
    if (!this.isWatched(entry)) return 'over';
    const verdict = answer(entry);
    if (verdict.over) this.onOver(entry, verdict.reason);
    return verdict.over ? 'over' : 'goes on';
  }

  private schedule(intervalMs: number, delayMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      void this.lookAtAll().then((looks) => {
        this.schedule(intervalMs, Math.max(intervalMs, (looks / LOOKS_PER_SECOND) * 1000));
      });
    }, delayMs);
    this.timer.unref();
  }

  private isWatched(entry: LedgerEntry): boolean {
    return this.ledger.get(entry.token) === entry && entry.isLive && !entry.kill;
  }

  private async lookAtAll(): Promise<number> {
    const byQuestion = new Map<string, LedgerEntry[]>();
    for (const entry of this.ledger.all().filter((each) => this.isWatched(each))) {
      const key = questionOf(entry.attempt);
      byQuestion.set(key, [...(byQuestion.get(key) ?? []), entry]);
    }
    const pending = new Set<string>();
    for (const entries of byQuestion.values()) {
      const answer = await this.ask(entries);
      if (answer) await this.judgeAll(entries, answer, pending);
      else if (this.unansweredSince !== undefined) break; // nor would the others
    }
    this.cancelPending = pending;
    if (this.unansweredSince !== undefined) this.expire([...byQuestion.values()].flat(), this.unansweredSince);
    return byQuestion.size;
  }

  /** Undefined when there is no answer that says anything. */
  private async ask([entry]: LedgerEntry[]): Promise<Answer | undefined> {
    const askedAt = Date.now();
    try {
      const answer = await this.questions.ask(entry);
      this.unansweredSince = undefined;
      return answer;
    } catch (error) {
      if (isUnreachable(error)) this.unansweredSince ??= askedAt;
      else this.unansweredSince = undefined;
      this.onError(error);
      return undefined;
    }
  }

  private async judgeAll(entries: LedgerEntry[], answer: Answer, pending: Set<string>): Promise<void> {
    // An attempt that ended meanwhile has told us so before it told the server: let that message in first.
    await new Promise((resolve) => setImmediate(resolve));
    for (const entry of entries) {
      if (this.isWatched(entry)) await this.judge(entry, answer(entry), pending).catch(this.onError);
    }
  }

  private async judge(entry: LedgerEntry, verdict: Verdict, pending: Set<string>): Promise<void> {
    if (verdict.over) {
      this.onOver(entry, verdict.reason);
    } else if (verdict.cancelPending && entry.syncDepth > 0) {
      // The workflow task may be waiting for the very loop that this call blocks. Two looks, so that a workflow that
      // runs elsewhere has the time to decide for itself.
      if (!this.cancelPending.has(entry.token)) pending.add(entry.token);
      else if (await cancelCameAfter(this.connection, entry.attempt)) {
        this.onOver(entry, 'its run has a cancel, and it blocks the worker');
      }
    }
  }

  /**
   * A host that is cut off, from the server or with it, loses its attempts: whatever beats they send, none has arrived
   * for a heartbeat timeout, and another host may run the next attempt by now.
   */
  private expire(entries: LedgerEntry[], since: number): void {
    for (const entry of entries) {
      const { heartbeatTimeoutMs } = entry;
      if (!this.isWatched(entry) || heartbeatTimeoutMs === 0 || Date.now() - since < heartbeatTimeoutMs) continue;
      this.onOver(entry, `Temporal has not answered for its heartbeat timeout (${heartbeatTimeoutMs} ms)`);
    }
  }
}
