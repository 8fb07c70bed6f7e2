import { type KillReport, nothingKilled } from '../contract/kill-report';
import type { AfterKill } from '../contract/host-requests';
import type { AttemptScope } from './attempt-scope';
import { runCleanups } from './cleanups';
import type { ReaperNotices } from './link';

/** The kill of an attempt, as its interceptor sees it. */
export interface AttemptKill {
  then: AfterKill;
  reason: string;
  /** Settles when the processes are dead or given up on. */
  done: Promise<KillReport>;
  /** Settles when the server has the cancel. */
  cancelRequested: Promise<void>;
}

interface Deferred<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  return { promise: new Promise<T>((settle) => (resolve = settle)), resolve };
}

interface OpenAttempt {
  scope: AttemptScope;
  graceMs: number;
  /** The kills that the reaper has told of, each with what resolves its report. */
  kills: { kill: AttemptKill; report: Deferred<KillReport> }[];
  /** Settles at the next of them. */
  nextKill: Deferred<void>;
  cancelRequested: Deferred<void>;
}

/** The attempts that the main thread has open, and what the reaper says of them. */
export class Attempts implements ReaperNotices {
  private readonly open = new Map<string, OpenAttempt>();

  constructor(readonly log: ReaperNotices['log']) {}

  /** `graceMs`: how long the attempt's own cleanup may take when it is killed. */
  add(scope: AttemptScope, graceMs: number): void {
    const attempt = { scope, graceMs, kills: [], nextKill: deferred<void>(), cancelRequested: deferred<void>() };
    this.open.set(scope.token, attempt);
  }

  delete(token: string): void {
    this.open.delete(token);
  }

  /** The latest kill that closed the attempt's door, also when its notice is still on its way; undefined without any. */
  async killOf(token: string): Promise<AttemptKill | undefined> {
    const attempt = this.open.get(token);
    if (!attempt) return undefined;
    const { closings } = attempt.scope.door;
    while (attempt.kills.length < closings) await attempt.nextKill.promise;
    return attempt.kills.at(-1)?.kill;
  }

  /** Settles when the server has a killed attempt's cancel. */
  cancelRequestedOf(token: string): Promise<void> | undefined {
    return this.open.get(token)?.cancelRequested.promise;
  }

  /** The reaper is gone: nobody will say how the kills under way ended. */
  abandon(): void {
    const report = nothingKilled({ level: 'basic', proof: 'none' });
    for (const [token, { scope, kills }] of this.open) {
      while (kills.length < scope.door.closings) this.killing(token, 'cancel', 'the reaper crashed');
      for (const kill of kills) kill.report.resolve(report);
    }
  }

  killing(token: string, then: AfterKill, reason: string): void {
    const attempt = this.open.get(token);
    if (!attempt) return;
    const { scope, graceMs, cancelRequested, nextKill } = attempt;
    const report = deferred<KillReport>();
    const done = runCleanups(scope, graceMs, this.log).then(() => report.promise);
    attempt.kills.push({ kill: { then, reason, done, cancelRequested: cancelRequested.promise }, report });
    attempt.nextKill = deferred();
    nextKill.resolve();
  }

  killed(token: string, report: KillReport): void {
    this.open.get(token)?.kills.at(-1)?.report.resolve(report);
  }

  cancelRequested(token: string): void {
    this.open.get(token)?.cancelRequested.resolve();
  }
}
