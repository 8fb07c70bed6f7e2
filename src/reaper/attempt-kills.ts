import type { KillOptions } from '../activities/kill';
import { describeAttempt } from '../contract/attempt-ref';
import type { Escalation } from '../contract/escalation';
import { type KillReport, nothingKilled } from '../contract/kill-report';
import type { Ledger, LedgerEntry } from '../tracking/ledger';
import type { ReaperNotices } from '../tracking/link';
import { logKill } from './log-kill';
import type { ProcessKiller } from './process-killer';

/** What a kill needs besides its attempt. */
export interface KillContext {
  ledger: Ledger;
  killer: ProcessKiller;
  notices: ReaperNotices;
  /** Its timers are of no use any more. */
  onBegin: (entry: LedgerEntry) => void;
  /** An attempt that completes asynchronously is over with its kill. */
  close: (entry: LedgerEntry) => void;
  /** Resolves to true when Temporal is done with the attempt, false when it is not for a while. */
  follow: (entry: LedgerEntry, isOpen: () => boolean) => Promise<boolean>;
}

/** Kills attempts: one kill at a time for each, joined by whoever asks for another. */
export class AttemptKills {
  constructor(private readonly context: KillContext) {}

  begin(entry: LedgerEntry, { then, reason, escalation }: KillOptions): Promise<KillReport> {
    if (entry.kill) {
      if (escalation) hurry(entry.kill.escalation, escalation);
      return entry.kill.report;
    }
    const { ledger, killer, notices, onBegin } = this.context;
    entry.door.close();
    onBegin(entry);
    notices.killing(entry.token, then, reason);
    const steps = { ...(escalation ?? entry.escalation) }; // a copy: it may have to hurry
    const report = killer.kill(entry, ledger.all(), steps);
    entry.kill = { then, reason, report, escalation: steps };
    report.then(
      (done) => this.ended(entry, { then, reason }, done),
      (error) => {
        entry.kill = undefined; // the next request is a new try
        notices.log('ERROR', 'A kill broke', { attempt: describeAttempt(entry.attempt), error: String(error) });
        notices.killed(entry.token, nothingKilled(killer.containment));
      },
    );
    if (then === 'cancel' || then === 'expire') void this.tellOfCancel(entry);
    return report;
  }

  private ended(entry: LedgerEntry, { then, reason }: KillOptions, report: KillReport): void {
    const { ledger, notices, close } = this.context;
    ledger.keepReport(entry, report);
    // A kill that found nothing is not the last word: the watch, or a later request, kills again.
    if (report.processes.length === 0 && !entry.hasCleanup) entry.kill = undefined;
    if (entry.detached) close(entry);
    notices.killed(entry.token, report, then);
    logKill(notices.log, entry.attempt, reason, report);
  }

  /** Tells the main thread when Temporal has what the attempt is held open for. */
  private async tellOfCancel(entry: LedgerEntry): Promise<void> {
    const { ledger, notices, follow } = this.context;
    await entry.kill?.report.catch(() => undefined); // reported where it was started
    const isOpen = (): boolean => ledger.get(entry.token) === entry;
    if (await follow(entry, isOpen)) notices.cancelRequested(entry.token);
  }
}

/** Who asks again may have less patience, never more. */
function hurry(steps: Escalation, wished: Escalation): void {
  const graceMs = wished.signal === 'SIGKILL' ? 0 : wished.graceMs;
  steps.graceMs = Math.min(steps.graceMs, graceMs);
  steps.settleMs = Math.min(steps.settleMs, wished.settleMs);
}
