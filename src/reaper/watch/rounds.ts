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

  start(intervalMs: number, delayMs = intervalMs): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      void this.round(intervalMs).then((looks) => {
        this.start(intervalMs, Math.max(intervalMs, (looks / LOOKS_PER_SECOND) * 1_000));
      });
    }, delayMs);
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

  /** @returns how many questions it has asked */
  private async round(intervalMs: number): Promise<number> {
    const groups = this.groups();
    const [due, others] = this.inTurn(groups, intervalMs);
    if (due.length === 0) return 0;
    const beganAt = Date.now();
    const first = this.askAll(due);
    // A question that is not answered soon may tell of a host that is cut off: then all are asked.
    const soon = await Promise.race([first, sleep(Math.max(intervalMs, PATIENCE_MS))]);
    const more = soon?.some(Boolean) ? [] : await this.askAll(others);
    const answers = [...(await first), ...more];
    if (answers.some(Boolean)) this.silence.answered();
    else
      this.silence.note(
        groups.flatMap(({ entries }) => entries),
        beganAt,
      );
    return answers.length;
  }

  /** Those to ask about now, and the others. */
  private inTurn(groups: Group[], intervalMs: number): [Group[], Group[]] {
    const now = Date.now();
    const known = this.askedAt;
    this.askedAt = new Map(groups.map(({ question }) => [question, known.get(question) ?? 0]));
    const restMs = (RESTING_INTERVALS - 0.5) * intervalMs;
    const isDue = (group: Group): boolean =>
      this.silence.hasBegun || this.isUrgent(group) || now - (known.get(group.question) ?? 0) >= restMs;
    const due = groups.filter(isDue);
    const others = groups.filter((group) => !due.includes(group));
    if (due.length === 0 && now - this.silence.answeredAt >= shortestBeatMs(others) * SILENT_SHARE) {
      due.push(...others.splice(0, 1));
    }
    return [due, others];
  }

  /** No poll shows what becomes of it; a cancel that waits for the loop which a synchronous spawn blocks has no event. */
  private isUrgent({ question, entries }: Group): boolean {
    return entries.some(({ isLive }) => isLive) && (!this.events.isPolled(question) || blocksLoop(entries));
  }

  private async askAll(groups: Group[]): Promise<boolean[]> {
    const answers: boolean[] = [];
    for (let at = 0; at < groups.length; at += LOOKS_PER_SECOND) {
      const looks = groups.slice(at, at + LOOKS_PER_SECOND).map(({ entries }) => this.events.look(entries));
      answers.push(...(await Promise.all(looks)));
    }
    return answers;
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
      .filter(({ question, entries }) => entries.some(({ isLive }) => isLive) || !this.events.isPolled(question));
  }
}

function blocksLoop(entries: LedgerEntry[]): boolean {
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
