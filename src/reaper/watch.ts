import type { ConnectionLike } from '@temporalio/client';
import { isUnreachable } from '../contract/grpc-status';
import type { Ledger, LedgerEntry } from '../tracking/ledger';
import { cancelCameAfter } from './cancel-order';
import { type Answer, Questions, questionOf } from './questions';
import type { Verdict } from './run-verdict';

/** A host asks at most this often, however many runs it has. */
const LOOKS_PER_SECOND = 20;

/** Who hears what the watch has seen. */
export interface WatchEvents {
  /** An attempt is over for Temporal, and still has processes. */
  onOver: (entry: LedgerEntry, reason: string) => void;
  /** Nobody has answered for its heartbeat timeout. */
  onSilence: (entry: LedgerEntry, reason: string) => void;
  onError: (error: unknown) => void;
}

/** What came of a question; `silent`: nobody answered, else it was an error that says nothing of the attempt. */
type Asked = { answer: Answer } | { silent: boolean };

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
  /** Unix time in ms of the first round in which nobody answered, since somebody did. */
  private unansweredSince: number | undefined;

  constructor(
    private readonly connection: ConnectionLike,
    private readonly ledger: Ledger,
    private readonly events: WatchEvents,
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

  /** Looks at one attempt now, and kills it when it is over. Says what it has seen. */
  async lookAt(entry: LedgerEntry): Promise<'over' | 'goes on' | 'no answer'> {
    const asked = await this.ask(entry);
    if (!this.isWatched(entry)) return 'over';
    if (!('answer' in asked)) return asked.silent ? 'no answer' : 'goes on';
    const verdict = asked.answer(entry);
    if (verdict.over) this.events.onOver(entry, verdict.reason);
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
    const groups = [...byQuestion.values()];
    const pending = new Set<string>();
    const unheard: LedgerEntry[] = [];
    const beganAt = Date.now();
    for (let at = 0; at < groups.length; at += LOOKS_PER_SECOND) {
      const looks = groups.slice(at, at + LOOKS_PER_SECOND).map(async (entries) => {
        const asked = await this.ask(entries[0]);
        if ('answer' in asked) await this.judgeAll(entries, asked.answer, pending);
        else if (asked.silent) unheard.push(...entries);
      });
      await Promise.all(looks);
    }
    this.cancelPending = pending;
    this.noteSilence(unheard, groups.flat().length, beganAt);
    return groups.length;
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

  private async judgeAll(entries: LedgerEntry[], answer: Answer, pending: Set<string>): Promise<void> {
    for (const entry of entries) {
      if (this.isWatched(entry)) await this.judge(entry, answer(entry), pending).catch(this.events.onError);
    }
  }

  private async judge(entry: LedgerEntry, verdict: Verdict, pending: Set<string>): Promise<void> {
    if (verdict.over) {
      this.events.onOver(entry, verdict.reason);
    } else if (verdict.cancelPending && entry.syncDepth > 0) {
      // The workflow task may be waiting for the very loop that this call blocks. Two looks, so that a workflow that
      // runs elsewhere has the time to decide for itself.
      if (!this.cancelPending.has(entry.token)) pending.add(entry.token);
      else if (await cancelCameAfter(this.connection, entry.attempt)) {
        this.events.onOver(entry, 'its run has a cancel, and it blocks the worker');
      }
    }
  }

  /**
   * A host that is cut off, from the server or with it, loses its attempts: whatever beats they send, none has arrived
   * for a heartbeat timeout, and another host may run the next attempt by now. One answer shows that it is not.
   */
  private noteSilence(unheard: LedgerEntry[], asked: number, beganAt: number): void {
    if (unheard.length < asked || asked === 0) {
      this.unansweredSince = undefined;
      return;
    }
    const silentMs = Date.now() - (this.unansweredSince ??= beganAt);
    for (const entry of unheard) {
      const { heartbeatTimeoutMs } = entry;
      if (!this.isWatched(entry) || heartbeatTimeoutMs === 0 || silentMs < heartbeatTimeoutMs) continue;
      this.events.onSilence(entry, `Temporal has not answered for its heartbeat timeout (${heartbeatTimeoutMs} ms)`);
    }
  }
}
