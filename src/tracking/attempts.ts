import { describeAttempt } from '../contract/attempt-ref';
import { type KillReport, nothingKilled } from '../contract/kill-report';
import type { AfterKill } from '../contract/host-requests';
import type { AttemptScope } from './attempt-scope';
import { runCleanups } from './cleanups';
import type { Counted, ReaperLink, ReaperNotices } from './link';

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
  /** The Worker that runs it. */
  worker: object;
  /** The kills that the reaper has told of, each with what resolves its report. */
  kills: { kill: AttemptKill; report: Deferred<KillReport>; isReported: boolean }[];
  /** Settles at the next of them. */
  nextKill: Deferred<void>;
  cancelRequested: Deferred<void>;
}

/** Who counts what the reaper does. */
export interface KillMetrics {
  killed(cause: AfterKill, report: KillReport): void;
  counted(counted: Counted): void;
}

/** The attempts that the main thread has open, and what the reaper says of them. */
export class Attempts implements ReaperNotices {
  private readonly open = new Map<string, OpenAttempt>();

  constructor(
    readonly log: ReaperNotices['log'],
    private readonly metrics?: KillMetrics,
  ) {}

  /** `graceMs`: how long the attempt's own cleanup may take when it is killed. */
  add(scope: AttemptScope, graceMs: number, worker: object): void {
    const attempt = {
      scope,
      graceMs,
      worker,
      kills: [],
      nextKill: deferred<void>(),
      cancelRequested: deferred<void>(),
    };
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

  /** Kills what a Worker has left open: one that fails tells its attempts nothing. */
  async killAllOf(worker: object, link: Pick<ReaperLink, 'kill'>): Promise<void> {
    const tokens = [...this.open].flatMap(([token, attempt]) => (attempt.worker === worker ? [token] : []));
    await Promise.all(tokens.map((token) => this.kill(token, link, 'cancel', 'its Worker has ended')));
  }

  /** The reaper is gone, and another one has come: kills of which nobody would say how they ended are begun again. */
  killAgain(link: Pick<ReaperLink, 'kill'>): void {
    for (const [token, { kills }] of this.open) {
      this.catchUp(token);
      const last = kills.at(-1);
      if (!last || last.isReported) continue;
      void this.kill(token, link, last.kill.then, last.kill.reason);
    }
  }

  /** Kills an attempt. A kill that breaks is logged: it must not hide what the function itself came to. */
  async kill(
    token: string,
    link: Pick<ReaperLink, 'kill'>,
    then: AfterKill,
    reason: string,
    graceMs?: number,
  ): Promise<void> {
    const attempt = this.open.get(token);
    if (!attempt) return;
    attempt.scope.tellReaper();
    try {
      await link.kill(token, then, reason, graceMs);
    } catch (error) {
      this.log('ERROR', 'A kill broke', { attempt: describeAttempt(attempt.scope.attempt), error: String(error) });
    }
  }

  /** The reaper closed doors, and crashed before its notice was out. */
  private catchUp(token: string): void {
    const attempt = this.open.get(token);
    while (attempt && attempt.kills.length < attempt.scope.door.closings) {
      this.killing(token, 'cancel', 'the reaper crashed');
    }
  }

  /** The reaper is gone: nobody will say how the kills under way ended. */
  abandon(): void {
    const report = nothingKilled({ level: 'basic', proof: 'none' });
    for (const token of this.open.keys()) {
      this.catchUp(token);
      this.killed(token, report);
    }
  }

  killing(token: string, then: AfterKill, reason: string): void {
    const attempt = this.open.get(token);
    if (!attempt) return;
    const { scope, graceMs, cancelRequested, nextKill } = attempt;
    const report = deferred<KillReport>();
    const done = runCleanups(scope, graceMs, this.log).then(() => report.promise);
    const kill = { then, reason, done, cancelRequested: cancelRequested.promise };
    attempt.kills.push({ kill, report, isReported: false });
    attempt.nextKill = deferred();
    nextKill.resolve();
  }

  killed(token: string, report: KillReport, then?: AfterKill): void {
    if (then) this.metrics?.killed(then, report);
    for (const kill of this.open.get(token)?.kills ?? []) {
      if (kill.isReported) continue;
      kill.isReported = true;
      kill.report.resolve(report);
    }
  }

  counted(counted: Counted): void {
    this.metrics?.counted(counted);
  }

  guardianStarted(): void {
    // Only who can lose its reaper needs to know.
  }

  cancelRequested(token: string): void {
    this.open.get(token)?.cancelRequested.resolve();
  }
}
