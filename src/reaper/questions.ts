import type { ConnectionLike } from '@temporalio/client';
import { describeStandalone } from '../activities/activity-description';
import { describeRun } from '../activities/run-description';
import type { AttemptRef } from '../contract/attempt-ref';
import type { LedgerEntry } from '../tracking/ledger';
import { type Verdict, localVerdict, standaloneVerdict, verdictOf } from './run-verdict';

/** Temporal's answer, which may be about several attempts. */
export type Answer = (entry: LedgerEntry) => Verdict;

/** What is asked about an attempt: its run, or for a standalone activity itself. The same for all attempts of a run. */
export function questionOf({ workflowId, runId, activityId }: AttemptRef): string {
  return JSON.stringify(workflowId === '' ? [runId, activityId] : [runId]);
}

/** Whether two attempts share that question. */
export function isAskedTogether(one: AttemptRef, other: AttemptRef): boolean {
  return one.runId === other.runId && (one.workflowId !== '' || one.activityId === other.activityId);
}

/** Asks Temporal what became of attempts; those with the same question share one that is under way. */
export class Questions {
  private readonly asking = new Map<string, { askedAt: number; answer: Promise<Answer> }>();

  constructor(private readonly connection: ConnectionLike) {}

  ask({ attempt, openedAt }: LedgerEntry): Promise<Answer> {
    const key = questionOf(attempt);
    const known = this.asking.get(key);
    // An answer from before the attempt would not know it.
    if (known && known.askedAt > openedAt) return known.answer;
    const asked = { askedAt: Date.now(), answer: this.describe(attempt) };
    this.asking.set(key, asked);
    const forget = (): void => {
      if (this.asking.get(key) === asked) this.asking.delete(key);
    };
    asked.answer.then(forget, forget);
    return asked.answer;
  }

  private async describe(attempt: AttemptRef): Promise<Answer> {
    if (attempt.workflowId === '') {
      const description = await describeStandalone(this.connection, attempt);
      return (entry) => standaloneVerdict(entry.attempt, description);
    }
    const description = await describeRun(this.connection, attempt.namespace, attempt);
    return (entry) => (entry.isLocal ? localVerdict(description) : verdictOf(entry.attempt, description));
  }
}
