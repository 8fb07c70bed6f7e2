import type { ConnectionLike } from '@temporalio/client';
import { type RunDescription, describeRun } from '../activities/run-description';
import type { AttemptRef } from '../contract/attempt-ref';
import type { Ledger, LedgerEntry } from '../tracking/ledger';
import { cancelCameAfter } from './cancel-order';
import { type Verdict, verdictOf } from './run-verdict';

/** A host asks at most this often, however many runs it has. */
const LOOKS_PER_SECOND = 20;
/** How long a killed attempt's cancel is looked for, as long as the attempt is held open. */
export const FOLLOW_MS = 10_000;

function runKey({ workflowId, runId }: AttemptRef): string {
  return JSON.stringify([workflowId, runId]);
}

/**
 * Asks Temporal, about once a second, what became of the runs that have live processes here. Read-only, no billed
 * action, and it works for workflows in any language; heartbeats would be late, billed, and overwrite the user's details.
 */
export class Watch {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  /** Entries whose run had an unhandled cancel at the last look. */
  private cancelPending = new Set<string>();
  private readonly asking = new Map<string, { askedAt: number; answer: Promise<RunDescription | undefined> }>();

  constructor(
    private readonly connection: ConnectionLike,
    private readonly ledger: Ledger,
    /** Called for an attempt that is over for Temporal and still has processes. */
    private readonly onOver: (entry: LedgerEntry, reason: string) => void,
    private readonly onError: (error: unknown) => void,
  ) {}

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
        if (verdictOf(entry.attempt, await this.describe(entry)).over) return true;
      } catch (error) {
        this.onError(error);
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    return false;
  }

  /** Attempts of one run share a question that is under way. */
  private describe({ attempt, openedAt }: LedgerEntry): Promise<RunDescription | undefined> {
    const key = runKey(attempt);
    const known = this.asking.get(key);
    // An answer from before the attempt would not know it.
    if (known && known.askedAt > openedAt) return known.answer;
    const asked = { askedAt: Date.now(), answer: describeRun(this.connection, attempt.namespace, attempt) };
    this.asking.set(key, asked);
    const forget = (): void => {
      if (this.asking.get(key) === asked) this.asking.delete(key);
    };
    asked.answer.then(forget, forget);
    return asked.answer;
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

  private async lookAtAll(): Promise<number> {
    const runs = new Map<string, LedgerEntry[]>();
    for (const entry of this.ledger.all()) {
      if (!entry.watchable || entry.kill || !entry.isLive) continue;
      const key = runKey(entry.attempt);
      runs.set(key, [...(runs.get(key) ?? []), entry]);
    }
    const pending = new Set<string>();
    for (const entries of runs.values()) await this.lookAtRun(entries, pending);
    this.cancelPending = pending;
    return runs.size;
  }

  private async lookAtRun(entries: LedgerEntry[], pending: Set<string>): Promise<void> {
    let description: RunDescription | undefined;
    try {
      description = await this.describe(entries[0]);
    } catch (error) {
      this.onError(error);
      return;
    }
    // An attempt that ended meanwhile has told us so before it told the server: let that message in first.
    await new Promise((resolve) => setImmediate(resolve));
    for (const entry of entries) {
      if (this.ledger.get(entry.token) !== entry || entry.kill) continue;
      await this.judge(entry, verdictOf(entry.attempt, description), pending).catch(this.onError);
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
}
