import { monotonicMs } from '../../process/clock';
import type { ConnectionLike } from '@temporalio/client';
import { describeStandalone } from '../../server/describe-activity';
import { describeRun } from '../../server/describe-run';
import type { AttemptRef } from '../../contract/attempt-ref';
import type { LedgerEntry } from '../../tracking/ledger-entry';
import { type RunVerdict, localVerdict, standaloneVerdict, verdictOf } from './run-verdict';

/** Temporal's answer to a question; it may cover several attempts. */
export type AttemptAnswer = (entry: LedgerEntry) => RunVerdict;

/** The key of a question: an attempt's run, or a standalone activity itself. All attempts of a run share one question. */
export function questionOf({ workflowId, runId, activityId }: AttemptRef): string {
  return JSON.stringify(workflowId === '' ? [runId, activityId] : [runId]);
}

/** Whether two attempts share one question. */
export function isAskedTogether(one: AttemptRef, other: AttemptRef): boolean {
  return one.runId === other.runId && (one.workflowId !== '' || one.activityId === other.activityId);
}

/** Asks Temporal what became of attempts; attempts with the same question share a call in progress. */
export class RunQuestions {
  private readonly asking = new Map<string, { askedAt: number; answer: Promise<AttemptAnswer> }>();

  constructor(private readonly connection: ConnectionLike) {}

  ask({ attempt, openedMs }: LedgerEntry): Promise<AttemptAnswer> {
    const key = questionOf(attempt);
    const known = this.asking.get(key);
    // An answer from before the attempt would not include it.
    if (known && known.askedAt > openedMs) return known.answer;
    const asked = { askedAt: monotonicMs(), answer: this.describe(attempt) };
    this.asking.set(key, asked);
    const forget = (): void => {
      if (this.asking.get(key) === asked) this.asking.delete(key);
    };
    asked.answer.then(forget, forget);
    return asked.answer;
  }

  private async describe(attempt: AttemptRef): Promise<AttemptAnswer> {
    if (attempt.workflowId === '') {
      const description = await describeStandalone(this.connection, attempt);
      return (entry) => standaloneVerdict(entry.attempt, description);
    }
    const description = await describeRun(this.connection, attempt.namespace, attempt);
    return (entry) => (entry.isLocal ? localVerdict(description) : verdictOf(entry.attempt, description));
  }
}
