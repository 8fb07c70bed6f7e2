import { setTimeout as sleep } from 'node:timers/promises';
import type { KillOptions } from '../activities/kill';
import { describeAttempt } from '../contract/attempt-ref';
import type { Escalation } from '../contract/escalation';
import { type KillReport, nothingKilled } from '../contract/kill-report';
import { graceWithin } from '../tracking/deadline-of';
import type { CleanupTime, KillInProgress, Ledger, LedgerEntry } from '../tracking/ledger';
import type { ReaperNotices } from '../tracking/link';
import { hurryWithoutBeats } from './beat-patience';
import type { Held } from './hold';
import { logKill } from './log-kill';
import type { ProcessKiller } from './process-killer';

/** An attempt that has started nothing by then, since its kill, has no cleanup that a later attempt waits for. In ms. */
const CLEANUP_BEGINS_MS = 500;

/** What a kill needs besides its attempt. */
export interface KillContext {
  ledger: Ledger;
  killer: ProcessKiller;
  notices: ReaperNotices;
  holdMs: number;
  /** Its timers are of no use any more. */
  onBegin: (entry: LedgerEntry) => void;
  /** An attempt that completes asynchronously is over with its kill. */
  close: (entry: LedgerEntry) => void;
  /** Resolves to true when Temporal is done with the attempt, false when it is not in time. */
  hold: (held: Held) => Promise<boolean>;
}

/**
 * Kills attempts: one kill at a time for each, joined by whoever asks for another. An attempt whose function goes on may
 * then clean up for as long as its grace was; what it has started for that is killed at its end.
 */
export class AttemptKills {
  constructor(private readonly context: KillContext) {}

  begin(entry: LedgerEntry, { then, reason, escalation, run }: KillOptions): Promise<KillReport> {
    const runs = run ? [run] : [];
    if (entry.kill) {
      entry.kill.runs.push(...runs);
      if (escalation) hurry(entry.kill, escalation);
      return entry.kill.report;
    }
    const wished = escalation ?? entry.escalation;
    const graceMs = graceWithin(wished.graceMs, entry.deadlineAt, Date.now());
    const cleanupMs = wished.signal === 'SIGKILL' ? 0 : wished.graceMs;
    const kill = this.start(entry, { then, reason, escalation: { ...wished, graceMs }, cleanupMs, runs });
    if (then === 'cancel' || then === 'expire') void this.hold(entry, kill);
    return kill.report;
  }

  /** Kills an attempt whose function is over, or of no interest any more: it starts no more processes. */
  async finish(entry: LedgerEntry): Promise<KillReport> {
    entry.door.shut();
    const { kill, cleanup } = entry;
    const reason = 'its function is over, and its cleanup is not';
    if (cleanup) return this.endCleanup(entry, cleanup, reason);
    if (kill) return kill.report;
    // A reaper that is gone has killed it.
    const { escalation } = entry;
    return this.start(entry, { then: 'cancel', reason, escalation, cleanupMs: 0, runs: [] }, true).report;
  }

  /** Lets a killed attempt finish its cleanup within its time. */
  async outlast(entry: LedgerEntry): Promise<void> {
    const { cleanup } = entry;
    if (!cleanup) return;
    const waiting = new AbortController();
    await Promise.race([
      cleanup.over,
      sleep(CLEANUP_BEGINS_MS, undefined, { signal: waiting.signal, ref: false }).catch(() => undefined), // it is over
    ]);
    waiting.abort();
    if (cleanup.hasBegun) await cleanup.over;
    else if (this.isOpen(entry)) await this.finish(entry);
  }

  /** The attempt is closed. */
  closed({ cleanup }: LedgerEntry): void {
    clearTimeout(cleanup?.timer);
    cleanup?.resolveOver();
  }

  private isOpen(entry: LedgerEntry): boolean {
    return this.context.ledger.get(entry.token) === entry;
  }

  private start(entry: LedgerEntry, asked: Omit<KillInProgress, 'report'>, isCleanup = false): KillInProgress {
    const { ledger, killer, notices, onBegin } = this.context;
    const { then, reason } = asked;
    const escalation = { ...asked.escalation }; // a copy: it may have to hurry
    entry.door.close();
    onBegin(entry);
    notices.killing(entry.token, then, reason, isCleanup);
    const stopHurrying = hurryWithoutBeats(entry, escalation);
    const report = killer.kill(entry, ledger.all(), escalation).finally(stopHurrying);
    const kill = { ...asked, escalation, report };
    entry.kill = kill;
    report.then(
      (done) => this.ended(entry, kill, done, isCleanup),
      (error) => {
        entry.kill = undefined; // the next request is a new try
        notices.log('ERROR', 'A kill broke', { attempt: describeAttempt(entry.attempt), error: String(error) });
        notices.killed(entry.token, nothingKilled(killer.containment));
      },
    );
    return kill;
  }

  private ended(entry: LedgerEntry, kill: KillInProgress, report: KillReport, isCleanup: boolean): void {
    const { ledger, notices, close } = this.context;
    const hasHit = report.processes.length > 0;
    if (hasHit || !isCleanup) ledger.keepReport(entry, report);
    if (entry.detached) close(entry);
    else if (this.isOpen(entry)) this.beginCleanup(entry, kill);
    // A kill that found nothing is not the last word: the watch, or a later request, kills again.
    if (!hasHit && !entry.hasCleanup && (isCleanup || !entry.cleanup)) entry.kill = undefined;
    // A cleanup that has left nothing is no kill that counts.
    notices.killed(entry.token, report, isCleanup && !hasHit ? undefined : kill.then);
    logKill(notices.log, entry.attempt, kill.reason, report);
  }

  private beginCleanup(entry: LedgerEntry, { cleanupMs }: KillInProgress): void {
    const now = Date.now();
    const timeMs = graceWithin(cleanupMs, entry.deadlineAt, now);
    if (timeMs <= 0 || entry.cleanup || entry.door.isShut) return;
    let resolveOver!: () => void;
    const over = new Promise<void>((resolve) => (resolveOver = resolve));
    const cleanup: CleanupTime = {
      endsAt: now + timeMs,
      hasBegun: false,
      timer: setTimeout(() => void this.endCleanup(entry, cleanup, 'its time to clean up is over'), timeMs).unref(),
      over,
      resolveOver,
    };
    entry.cleanup = cleanup;
    entry.door.reopen();
  }

  private endCleanup(entry: LedgerEntry, cleanup: CleanupTime, reason: string): Promise<KillReport> {
    if (cleanup.end) return cleanup.end;
    clearTimeout(cleanup.timer);
    entry.door.shut();
    const then = entry.kill?.then ?? 'cancel';
    const graceMs = Math.max(0, Math.min(entry.escalation.graceMs, cleanup.endsAt - Date.now()));
    const escalation = { ...entry.escalation, graceMs };
    const runs = entry.kill?.runs ?? [];
    const { report } = this.start(entry, { then, reason, escalation, cleanupMs: 0, runs }, true);
    cleanup.end = report;
    void report.catch(() => undefined).finally(() => cleanup.resolveOver()); // of one that broke the log tells
    return report;
  }

  /** Tells the main thread when Temporal has what the attempt is held open for, or it has waited enough. */
  private async hold(entry: LedgerEntry, kill: KillInProgress): Promise<void> {
    const { notices, holdMs } = this.context;
    await kill.report.catch(() => undefined); // reported where it was started
    const isWanted = (): boolean => this.isOpen(entry);
    const isOver = await this.context.hold({ entry, requests: () => kill.runs, isWanted, holdMs });
    notices.holdEnded(entry.token, isOver);
  }
}

/** Who asks again may have less patience, never more. */
function hurry(kill: KillInProgress, wished: Escalation): void {
  const graceMs = wished.signal === 'SIGKILL' ? 0 : wished.graceMs;
  const steps = kill.escalation;
  steps.graceMs = Math.min(steps.graceMs, graceMs);
  steps.settleMs = Math.min(steps.settleMs, wished.settleMs);
  kill.cleanupMs = Math.min(kill.cleanupMs, graceMs);
}
