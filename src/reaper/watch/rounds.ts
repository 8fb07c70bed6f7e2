import type { LedgerEntry } from '../../tracking/ledger';
import { questionOf } from '../questions';
import type { Silence } from './silence';

/** A host asks at most this often, however many runs it has. */
const LOOKS_PER_SECOND = 10;
/** A run whose poll is up to date is looked at each so many intervals, for what no poll shows: a pause, another attempt. */
const RESTING_INTERVALS = 5;
/** A question is usually answered by then. */
const PATIENCE_MS = 1_000;
/** Without an answer for this share of a heartbeat timeout, one is asked for: the host may be cut off. */
const SILENT_SHARE = 1 / 4;

export interface RoundEvents {
  /** The attempts that are watched now. */
  watched: () => LedgerEntry[];
  /** Whether a poll shows at once what becomes of that question's run. */
  isPolled: (question: string) => boolean;
  /** Asks about attempts that share a question, and acts on the answer; false when nobody has answered. */
  look: (entries: LedgerEntry[]) => Promise<boolean>;
}

/** Attempts with one question. */
interface Group {
  question: string;
  entries: LedgerEntry[];
}

/** Looks at the watched runs in turn. */
export class Rounds {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  /** When each question was asked last, as Unix time in ms. */
  private askedAt = new Map<string, number>();

  constructor(
    private readonly events: RoundEvents,
    private readonly silence: Silence,
  ) {}

  start(intervalMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.round(intervalMs).then(() => this.start(intervalMs)), intervalMs);
    this.timer.unref();
  }

  /** That question has just been asked. */
  asked(question: string): void {
    this.askedAt.set(question, Date.now());
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async round(intervalMs: number): Promise<void> {
    const groups = this.groups();
    const due = this.inTurn(groups, intervalMs);
    if (due.length === 0) return;
    const beganAt = Date.now();
    const first = this.askAll(due);
    // A question that is not answered soon may tell of a host that is cut off: others are asked.
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

  /** Those to ask about now, the most urgent, then the oldest. */
  private inTurn(groups: Group[], intervalMs: number): Group[] {
    const now = Date.now();
    const known = this.askedAt;
    const askedAt = ({ question }: Group): number => known.get(question) ?? 0;
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

  /** No poll shows what becomes of it; a cancel that waits for the loop which a synchronous spawn blocks has no event. */
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
    // Of a run that has no processes here its poll tells enough.
    return [...byQuestion]
      .map(([question, entries]) => ({ question, entries }))
      .filter((group) => isLive(group) || !this.events.isPolled(group.question));
  }
}

/** Whether an attempt of it may have processes. */
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
