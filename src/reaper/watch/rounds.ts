import { monotonicMs } from '../../process/clock';
import type { LedgerEntry } from '../../tracking/ledger-entry';
import { questionOf } from './questions';
import type { SilentAttempts } from './silence';

/** A host asks at most this often, however many runs it has. */
const LOOKS_PER_SECOND = 10;
/** Intervals between two looks at a run whose poll is up to date, for what no poll shows: a pause, another attempt. */
const RESTING_INTERVALS = 5;
/** A question is usually answered by then. */
const PATIENCE_MS = 1_000;
/** After this share of a heartbeat timeout without an answer, ask: the host may be cut off. */
const SILENT_SHARE = 1 / 4;

export interface RoundEvents {
  /** The attempts that are watched now. */
  watched: () => LedgerEntry[];
  /** Whether a poll shows at once what becomes of that question's run. */
  isPolled: (question: string) => boolean;
  /** Asks about attempts that share a question, and acts on the answer; false when the server did not answer. */
  look: (entries: LedgerEntry[]) => Promise<boolean>;
}

/** The attempts that share one question. */
interface Group {
  question: string;
  entries: LedgerEntry[];
}

/** Looks at the watched runs in turn. */
export class WatchRounds {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  /** When each question was asked last, see {@link monotonicMs}. */
  private askedAt = new Map<string, number>();

  constructor(
    private readonly events: RoundEvents,
    private readonly silence: SilentAttempts,
  ) {}

  start(intervalMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.round(intervalMs).then(() => this.start(intervalMs)), intervalMs);
    this.timer.unref();
  }

  /** Records that the question has just been asked. */
  asked(question: string): void {
    this.askedAt.set(question, monotonicMs());
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async round(intervalMs: number): Promise<void> {
    const groups = this.groups();
    const due = this.inTurn(groups, intervalMs);
    if (due.length === 0) return;
    const beganAt = monotonicMs();
    const first = this.askAll(due);
    // A question without a quick answer may mean that this host is cut off: ask others too.
    const soon = await Promise.race([first, sleep(Math.max(intervalMs, PATIENCE_MS))]);
    const others = groups.filter((group) => !due.includes(group)).slice(0, LOOKS_PER_SECOND);
    const more = soon?.some(Boolean) ? [] : await this.askAll(others);
    if ([...(await first), ...more].some(Boolean)) this.silence.answered();
    else
      this.silence.note(
        groups.flatMap(({ entries }) => entries),
        beganAt,
      );
  }

  /** The groups to ask about now: the most urgent first, then those asked longest ago. */
  private inTurn(groups: Group[], intervalMs: number): Group[] {
    const now = monotonicMs();
    const known = this.askedAt;
    const askedAt = ({ question }: Group): number => known.get(question) ?? Number.MIN_SAFE_INTEGER;
    this.askedAt = new Map(groups.map((group) => [group.question, askedAt(group)]));
    const restMs = (RESTING_INTERVALS - 0.5) * intervalMs;
    const isDue = (group: Group): boolean =>
      this.silence.hasBegun || this.isUrgent(group) || now - askedAt(group) >= restMs;
    const rank = (group: Group): number => (this.isUrgent(group) ? 0 : isLive(group) ? 1 : 2);
    const turns = groups
      .filter(isDue)
      .map((group) => ({ group, rank: rank(group), at: askedAt(group) }))
      .sort((one, other) => one.rank - other.rank || one.at - other.at);
    if (turns.length > 0) {
      const most = Math.max(1, Math.floor((LOOKS_PER_SECOND * intervalMs) / 1_000));
      return turns.slice(0, most).map(({ group }) => group);
    }
    const isQuiet = now - this.silence.answeredAt >= shortestBeatMs(groups) * SILENT_SHARE;
    return isQuiet ? groups.filter(isLive).slice(0, 1) : [];
  }

  /** No poll shows what becomes of it; a cancel that waits for a loop blocked by a synchronous spawn has no event. */
  private isUrgent(group: Group): boolean {
    return isLive(group) && (!this.events.isPolled(group.question) || blocksLoop(group));
  }

  private askAll(groups: Group[]): Promise<boolean[]> {
    return Promise.all(groups.map(({ entries }) => this.events.look(entries)));
  }

  private groups(): Group[] {
    const byQuestion = new Map<string, LedgerEntry[]>();
    for (const entry of this.events.watched()) {
      const question = questionOf(entry.attempt);
      const entries = byQuestion.get(question);
      if (entries) entries.push(entry);
      else byQuestion.set(question, [entry]);
    }
    // For a run without processes here, its poll is enough.
    return [...byQuestion]
      .map(([question, entries]) => ({ question, entries }))
      .filter((group) => isLive(group) || !this.events.isPolled(group.question));
  }
}

/** Whether one of its attempts may have processes. */
function isLive({ entries }: Group): boolean {
  return entries.some((entry) => entry.isLive);
}

function blocksLoop({ entries }: Group): boolean {
  return entries.some(({ syncDepth }) => syncDepth > 0);
}

/** The shortest heartbeat timeout of attempts with processes, in ms. */
function shortestBeatMs(groups: Group[]): number {
  const timeouts = groups.flatMap(({ entries }) => entries.filter(({ isLive }) => isLive));
  return Math.min(...timeouts.map(({ heartbeatTimeoutMs }) => heartbeatTimeoutMs || Infinity));
}

function sleep(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms).unref());
}
