import { monotonicMs } from '../process/clock';
import { type AttemptRef, sameActivity } from '../contract/attempt-ref';
import type { KillReport } from '../contract/kill-report';
import { LedgerEntry } from './ledger-entry';
import type { OpenedAttempt } from './reaper-protocol';

interface Finished {
  attempt: AttemptRef;
  activityType: string;
  report: KillReport;
  at: number;
}

const KEEP_REPORTS_MS = 10 * 60_000;
const KEEP_REPORTS = 10_000;

/** Maps attempts to processes, in memory. What must survive a crash is in the environment of the processes. */
export class AttemptLedger {
  private readonly entries = new Map<string, LedgerEntry>();
  private finished: Finished[] = [];

  /** @param workerPid the worker process that runs the attempts */
  constructor(private readonly workerPid: number) {}

  open(opened: OpenedAttempt): LedgerEntry {
    const entry = new LedgerEntry(opened, this.workerPid);
    this.entries.set(opened.token, entry);
    return entry;
  }

  get(token: string): LedgerEntry | undefined {
    return this.entries.get(token);
  }

  delete(token: string): void {
    this.entries.delete(token);
  }

  all(): LedgerEntry[] {
    return [...this.entries.values()];
  }

  /** The open attempt, if this process holds it. */
  find(ref: AttemptRef): LedgerEntry | undefined {
    // The latest: an attempt after a reset has the same number as one before it.
    return this.all()
      .filter((entry) => entry.attempt.attempt === ref.attempt && sameActivity(entry.attempt, ref))
      .at(-1);
  }

  keepReport(entry: LedgerEntry, report: KillReport): void {
    const now = monotonicMs();
    this.finished = this.finished.filter(({ at }) => now - at < KEEP_REPORTS_MS).slice(-KEEP_REPORTS + 1);
    this.finished.push({ attempt: entry.attempt, activityType: entry.activityType, report, at: now });
  }

  /** Reports of kills of this attempt here in the last 10 minutes, latest last. */
  reportsOf(ref: AttemptRef): Finished[] {
    return this.finished.filter(({ attempt }) => attempt.attempt === ref.attempt && sameActivity(attempt, ref));
  }
}
