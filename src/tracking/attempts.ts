import type { KillReport } from '../contract/kill-report';
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
  kill: Deferred<AttemptKill>;
  done: Deferred<KillReport>;
  cancelRequested: Deferred<void>;
}

/** The attempts that the main thread has open, and what the reaper says of them. */
export class Attempts implements ReaperNotices {
  private readonly open = new Map<string, OpenAttempt>();

  constructor(readonly log: ReaperNotices['log']) {}

  /** `graceMs`: how long the attempt's own cleanup may take when it is killed. */
  add(scope: AttemptScope, graceMs: number): void {
    this.open.set(scope.token, { scope, graceMs, kill: deferred(), done: deferred(), cancelRequested: deferred() });
  }

  delete(token: string): void {
    this.open.delete(token);
  }

  scopes(): AttemptScope[] {
    return [...this.open.values()].map(({ scope }) => scope);
  }

  /** The kill that closed the attempt's door; its notice may still be on its way. */
  killOf(token: string): Promise<AttemptKill> | undefined {
    const attempt = this.open.get(token);
    return attempt?.scope.door.closed ? attempt.kill.promise : undefined;
  }

  /** The reaper is gone: nobody will say how the kills under way ended. */
  abandon(): void {
    const report: KillReport = {
      level: 'basic',
      proof: 'none',
      startedAt: Date.now(),
      durationMs: 0,
      looks: 0,
      processes: [],
    };
    for (const { scope, kill, done, cancelRequested } of this.open.values()) {
      if (!scope.door.closed) continue;
      kill.resolve({ then: 'cancel', reason: 'unknown', done: done.promise, cancelRequested: cancelRequested.promise });
      done.resolve(report);
    }
  }

  /** Settles when the server has a killed attempt's cancel. */
  cancelRequestedOf(token: string): Promise<void> | undefined {
    return this.open.get(token)?.cancelRequested.promise;
  }

  killing(token: string, then: AfterKill, reason: string): void {
    const attempt = this.open.get(token);
    if (!attempt) return;
    const { scope, graceMs } = attempt;
    const cleanedUp = runCleanups(scope, graceMs, this.log);
    const done = cleanedUp.then(() => attempt.done.promise);
    attempt.kill.resolve({ then, reason, done, cancelRequested: attempt.cancelRequested.promise });
  }

  killed(token: string, report: KillReport): void {
    this.open.get(token)?.done.resolve(report);
  }

  cancelRequested(token: string): void {
    this.open.get(token)?.cancelRequested.resolve();
  }
}
