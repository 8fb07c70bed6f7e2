import type { GuardianLink } from '../guardian/guardian-link';
import type { WorkerMark } from '../process/marker';
import type { LedgerEntry } from '../tracking/ledger';
import { Deadlines } from './deadlines';
import { DueLooks, beatDeadlineOf, fixedDeadlineOf } from './due-looks';
import type { Watch } from './watch';

/** The timeouts of attempts: those with processes are killed at them, the others are looked at. */
export class AttemptTimers {
  private readonly deadlines: Deadlines;
  private readonly beats: DueLooks;
  private readonly idle: DueLooks;

  /** @param onExpired kills: the time of an attempt with processes is up, by our own clock */
  constructor(
    mark: WorkerMark,
    guardian: GuardianLink | undefined,
    watch: () => Watch | undefined,
    onExpired: (entry: LedgerEntry, reason: string) => void,
  ) {
    this.deadlines = new Deadlines(mark, guardian, (entry) => onExpired(entry, 'its time is up'));
    this.beats = new DueLooks(watch, beatDeadlineOf, (entry) => {
      if (entry.isLive) onExpired(entry, 'its heartbeat timeout is over');
    });
    this.idle = new DueLooks(watch, fixedDeadlineOf, () => undefined);
  }

  /** Begins to watch over an attempt that has started no process. */
  armIdle(entry: LedgerEntry): void {
    this.idle.arm(entry);
    this.beats.arm(entry);
  }

  /** Begins to watch over an attempt that may have processes. */
  armLive(entry: LedgerEntry): void {
    this.idle.lift(entry.token);
    this.deadlines.arm(entry);
    this.beats.arm(entry);
  }

  /** Ends it: the attempt is over, or being killed. */
  lift(token: string): void {
    for (const timers of [this.deadlines, this.beats, this.idle]) timers.lift(token);
  }

  stop(): void {
    for (const timers of [this.deadlines, this.beats, this.idle]) timers.stop();
  }
}
