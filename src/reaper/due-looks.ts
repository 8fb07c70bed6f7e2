import { BeatDeadline } from '../tracking/beat-deadline';
import type { LedgerEntry } from '../tracking/ledger';
import type { Watch } from './watch';

/** The server's clock starts when the beat arrives, a little after ours. */
const FIRST_LOOK_MS = 20;
const LOOK_AGAIN_MS = 100;
/** Without an answer by then, our own clock decides. */
const DECIDE_MS = 300;
/** A server that has not given it up by then knows of beats that we do not: of another process, by id or task token. */
const PATIENCE_MS = 3_000;

/** When an attempt's timeout is due, as Unix time in ms. */
interface Due {
  readonly at: number;
}

export function beatDeadlineOf({ beatDeadline }: LedgerEntry): Due | undefined {
  return beatDeadline && new BeatDeadline(beatDeadline);
}

/** Of its start-to-close or schedule-to-close timeout. */
export function fixedDeadlineOf({ deadlineAt }: LedgerEntry): Due | undefined {
  return deadlineAt === undefined ? undefined : { at: deadlineAt };
}

/**
 * Looks at an attempt when a timeout of it is due: the SDK tells of it 5 s late. The server decides; only when it does not
 * answer does our own clock.
 */
export class DueLooks {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly watch: () => Watch | undefined,
    private readonly dueOf: (entry: LedgerEntry) => Due | undefined,
    /** It is due, and the server has not answered. */
    private readonly onDeadline: (entry: LedgerEntry) => void,
  ) {}

  /** Begins to watch over an attempt. */
  arm(entry: LedgerEntry): void {
    const deadline = this.dueOf(entry);
    if (!deadline || this.timers.has(entry.token)) return;
    this.schedule(entry, deadline, deadline.at);
  }

  /** Ends it: the attempt is over, or being killed. */
  lift(token: string): void {
    clearTimeout(this.timers.get(token));
    this.timers.delete(token);
  }

  stop(): void {
    for (const token of [...this.timers.keys()]) this.lift(token);
  }

  /** @param isAlive Temporal has said after that deadline that the attempt goes on: it knows of a beat that we do not */
  private schedule(
    entry: LedgerEntry,
    deadline: Due,
    dueAt: number,
    { delayMs = FIRST_LOOK_MS, isAlive = false } = {},
  ): void {
    // Beats move it: a timer for each of them would be one too many.
    const inMs = Math.min(Math.max(0, dueAt - Date.now()) + delayMs, 2 ** 31 - 1);
    this.timers.set(entry.token, setTimeout(() => void this.look(entry, deadline, dueAt, isAlive), inMs).unref());
  }

  private async look(entry: LedgerEntry, deadline: Due, dueAt: number, wasAlive: boolean): Promise<void> {
    const moved = (): boolean => deadline.at > dueAt;
    if (moved()) return this.schedule(entry, deadline, deadline.at);
    const seen = (await this.watch()?.lookAt(entry)) ?? 'no answer';
    // Lifted meanwhile, or killed by the look.
    if (!this.timers.has(entry.token) || seen === 'over') return;
    const lateMs = Date.now() - dueAt;
    const isAlive = wasAlive || (seen === 'goes on' && lateMs >= DECIDE_MS);
    if (moved()) this.schedule(entry, deadline, deadline.at);
    else if (seen === 'no answer' && lateMs >= DECIDE_MS && !isAlive) this.onDeadline(entry);
    else if (lateMs < PATIENCE_MS) this.schedule(entry, deadline, dueAt, { delayMs: LOOK_AGAIN_MS, isAlive });
    else this.lift(entry.token); // somebody else beats for it: the watch looks after it
  }
}
