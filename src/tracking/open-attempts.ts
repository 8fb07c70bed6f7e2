import { type AttemptRef, sameActivity } from '../contract/attempt-ref';
import type { KillReport } from '../contract/kill-report';
import type { AfterKill } from '../contract/host-requests';
import type { CountedEvent, ReaperLog, ReaperNotice, ReaperNotices } from './reaper-protocol';
import type { OpenAttempt } from './open-attempt';

/** Counts what the reaper does. */
export interface KillMetrics {
  killed(cause: AfterKill, report: KillReport): void;
  counted(counted: CountedEvent): void;
}

/** The attempts that the main thread has open; passes on the reaper's notices about them. */
export class OpenAttempts implements ReaperNotices {
  private readonly open = new Map<string, OpenAttempt>();

  constructor(
    readonly log: ReaperLog,
    private readonly metrics?: KillMetrics,
  ) {}

  add(attempt: OpenAttempt): void {
    this.open.set(attempt.scope.token, attempt);
  }

  delete(attempt: OpenAttempt): void {
    attempt.close();
    this.open.delete(attempt.scope.token);
  }

  /** Finds an attempt that is open here. */
  find(ref: AttemptRef): OpenAttempt | undefined {
    return [...this.open.values()].find(
      ({ scope: { attempt } }) => attempt.attempt === ref.attempt && sameActivity(attempt, ref),
    );
  }

  /** Whether an attempt of that Worker was killed for a cancel that the server does not have yet. */
  isCancelling(worker: object): boolean {
    return this.of(worker).some(({ isCancelling }) => isCancelling);
  }

  /** Kills what a Worker has left open: a Worker that fails does not tell its attempts. */
  async killAllOf(worker: object): Promise<void> {
    await Promise.all(this.of(worker).map((attempt) => attempt.end()));
  }

  /** A new reaper has replaced one that crashed. */
  killAgain(): void {
    for (const attempt of this.open.values()) attempt.killAgain();
  }

  /** The reaper is gone for good. */
  abandon(): void {
    for (const attempt of this.open.values()) attempt.abandon();
    this.metrics?.counted({ what: 'usage', types: [] }); // nobody knows any more
  }

  readonly notify = (notice: ReaperNotice): void => {
    switch (notice.type) {
      case 'killing':
        this.open.get(notice.token)?.killing(notice);
        return;
      case 'killed':
        if (notice.then) this.metrics?.killed(notice.then, notice.report);
        this.open.get(notice.token)?.killed(notice.report);
        return;
      case 'holdEnded':
        this.open.get(notice.token)?.holdEnded(notice.by);
        return;
      case 'counted':
        this.metrics?.counted(notice.counted);
        return;
      case 'closed':
      case 'guardianStarted': // matters only where the reaper can crash alone: on a thread
    }
  };

  private of(worker: object): OpenAttempt[] {
    return [...this.open.values()].filter((attempt) => attempt.worker === worker);
  }
}
