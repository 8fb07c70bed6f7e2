import { monotonicMs } from '../../process/clock';
import { BeatDeadline } from '../../tracking/beat-deadline';
import type { LedgerEntry } from '../../tracking/ledger-entry';
import type { RunWatch } from './run-watch';

/** The server restarts its timer when a heartbeat arrives, a little later than we do. */
const FIRST_LOOK_MS = 20;
const LOOK_AGAIN_MS = 100;
/** If the server has not answered by then, our own clock decides. */
const DECIDE_MS = 300;
/** If the server still considers it alive, another process heartbeats for it, by id or task token: stop asking. */
const PATIENCE_MS = 3_000;

/** When a timeout of an attempt is due, see {@link monotonicMs}. */
interface Due {
  readonly at: number;
}

export function beatDeadlineOf({ beatDeadline }: LedgerEntry): Due | undefined {
  return beatDeadline && new BeatDeadline(beatDeadline);
}

/** When its start-to-close or schedule-to-close timeout is due. */
export function fixedDeadlineOf({ deadlineAt }: LedgerEntry): Due | undefined {
  return deadlineAt === undefined ? undefined : { at: deadlineAt };
}

/**
 * Asks the server about an attempt when one of its timeouts is due: the SDK reports a timeout 5 s late. The server
 * decides; our own clock decides only if the server does not answer.
 */
export class DueQuestions {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly watch: () => RunWatch | undefined,
    private readonly dueOf: (entry: LedgerEntry) => Due | undefined,
    /** A timeout is due, and the server has not answered. */
    private readonly onDeadline: (entry: LedgerEntry) => void,
  ) {}

  /** Begins to watch the timeout of an attempt. */
  arm(entry: LedgerEntry): void {
    const deadline = this.dueOf(entry);
    if (!deadline || this.timers.has(entry.token)) return;
    this.schedule(entry, deadline, deadline.at);
  }

  /** Stops watching: the attempt is over or being killed. */
  lift(token: string): void {
    clearTimeout(this.timers.get(token));
    this.timers.delete(token);
  }

  stop(): void {
    for (const token of [...this.timers.keys()]) this.lift(token);
  }

  /** @param isAlive after the deadline the server still had the attempt alive: it got a heartbeat that we did not see */
  private schedule(
    entry: LedgerEntry,
    deadline: Due,
    dueAt: number,
    { delayMs = FIRST_LOOK_MS, isAlive = false } = {},
  ): void {
    // Heartbeats move the deadline; resetting the timer at each of them would cost too much.
    const inMs = Math.min(Math.max(0, dueAt - monotonicMs()) + delayMs, 2 ** 31 - 1);
    this.timers.set(entry.token, setTimeout(() => void this.look(entry, deadline, dueAt, isAlive), inMs).unref());
  }

  private async look(entry: LedgerEntry, deadline: Due, dueAt: number, wasAlive: boolean): Promise<void> {
    const moved = (): boolean => deadline.at > dueAt;
    if (moved()) return this.schedule(entry, deadline, deadline.at);
    const seen = (await this.watch()?.lookAt(entry)) ?? 'no answer';
    // The timer was lifted meanwhile, or the look led to a kill.
    if (!this.timers.has(entry.token) || seen === 'over') return;
    const lateMs = monotonicMs() - dueAt;
    const isAlive = wasAlive || (seen === 'goes on' && lateMs >= DECIDE_MS);
    if (moved()) this.schedule(entry, deadline, deadline.at);
    else if (seen === 'no answer' && lateMs >= DECIDE_MS && !isAlive) this.onDeadline(entry);
    else if (lateMs < PATIENCE_MS) this.schedule(entry, deadline, dueAt, { delayMs: LOOK_AGAIN_MS, isAlive });
    else this.lift(entry.token); // another process heartbeats for it: the watch looks after it
  }
}
