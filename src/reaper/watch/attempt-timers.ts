import type { GuardianLink } from '../../guardian/guardian-link';
import type { LedgerEntry } from '../../tracking/ledger-entry';
import { AttemptDeadlines } from './deadline-timers';
import { DueQuestions, beatDeadlineOf, fixedDeadlineOf } from './ask-when-due';
import type { RunWatch } from './run-watch';

/** The timeouts of attempts: an attempt with processes is killed when one is due; for any other, the server is asked. */
export class AttemptTimers {
  private readonly deadlines: AttemptDeadlines;
  private readonly beats: DueQuestions;
  private readonly idle: DueQuestions;

  /** @param onExpired kills an attempt with processes that has timed out by our own clock */
  constructor(
    guardian: GuardianLink | undefined,
    watch: () => RunWatch | undefined,
    onExpired: (entry: LedgerEntry, reason: string) => void,
  ) {
    this.deadlines = new AttemptDeadlines(guardian, (entry) => onExpired(entry, 'its time is up'));
    this.beats = new DueQuestions(watch, beatDeadlineOf, (entry) => {
      if (entry.isLive) onExpired(entry, 'its heartbeat timeout has passed');
    });
    this.idle = new DueQuestions(watch, fixedDeadlineOf, () => undefined);
  }

  /** Begins to watch the timeouts of an attempt that has started no process. */
  armIdle(entry: LedgerEntry): void {
    this.idle.arm(entry);
    this.beats.arm(entry);
  }

  /** Begins to watch the timeouts of an attempt that may have processes. */
  armLive(entry: LedgerEntry): void {
    this.idle.lift(entry.token);
    this.deadlines.arm(entry);
    this.beats.arm(entry);
  }

  /** Stops watching: the attempt is over or being killed. */
  lift(token: string): void {
    for (const timers of [this.deadlines, this.beats, this.idle]) timers.lift(token);
  }

  stop(): void {
    for (const timers of [this.deadlines, this.beats, this.idle]) timers.stop();
  }
}
