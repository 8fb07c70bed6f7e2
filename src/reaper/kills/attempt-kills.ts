import { monotonicMs } from '../../process/clock';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KillOptions } from '../../activities/kill';
import { describeAttempt } from '../../contract/attempt-ref';
import type { Escalation } from '../../contract/escalation';
import { type KillReport, nothingKilled } from '../../contract/kill-report';
import { afterGrace } from '../../contract/kill-timeouts';
import { graceWithin } from '../../tracking/grace-within';
import type { AttemptLedger } from '../../tracking/ledger';
import type { CleanupTime, KillInProgress } from '../../tracking/kill-in-progress';
import type { LedgerEntry } from '../../tracking/ledger-entry';
import type { HoldEnd, ReaperNotices } from '../../tracking/reaper-protocol';
import { hurryWithoutBeats } from './beat-patience';
import type { HeldAttempt } from './hold-attempt';
import { sayLastWord } from './last-word';
import { logKill } from './log-kill';
import type { ProcessKiller } from './process-killer';

/** An attempt that has started nothing this long after its kill has no cleanup for a later attempt to wait for. In ms. */
const CLEANUP_BEGINS_MS = 500;

/** What a kill needs in addition to its attempt. */
export interface KillContext {
  ledger: AttemptLedger;
  killer: ProcessKiller;
  notices: ReaperNotices;
  holdMs: number;
  /** The attempt's timers are no longer needed. */
  onBegin: (entry: LedgerEntry) => void;
  /** Closes the attempt: one that completes asynchronously ends with its kill. */
  close: (entry: LedgerEntry) => void;
  /** Resolves to true when Temporal is done with the attempt, to false when it is not in time. */
  hold: (held: HeldAttempt) => Promise<HoldEnd>;
  /** Reports the attempt as cancelled. */
  reportCancellation: (entry: LedgerEntry) => Promise<void>;
}

/**
 * Kills attempts. Each attempt has at most one kill in progress; another request for it joins that kill. An attempt whose
 * function is still running may then clean up for as long as its grace period was; whatever it starts for that is killed
 * when the time is up.
 */
export class AttemptKills {
  constructor(private readonly context: KillContext) {}

  begin(entry: LedgerEntry, { then, reason, escalation, graceUsedMs, run, isOver }: KillOptions): Promise<KillReport> {
    const runs = run ? [run] : [];
    if (isOver || then === 'expire') entry.forgetDeadline();
    if (entry.kill) {
      entry.kill.runs.push(...runs);
      if (escalation) hurry(entry.kill, escalation);
      return entry.kill.report;
    }
    const wished = escalation ?? entry.escalation;
    const graceMs = graceWithin(afterGrace(wished, graceUsedMs).graceMs, entry.deadlineAt, monotonicMs());
    const cleanupMs = wished.signal === 'SIGKILL' ? 0 : wished.graceMs;
    const kill = this.start(entry, { then, reason, escalation: { ...wished, graceMs }, cleanupMs, runs });
    if (then === 'cancel' || then === 'expire') void this.hold(entry, kill);
    return kill.report;
  }

  /** Kills an attempt whose function has ended or no longer matters: it starts no more processes. */
  async finish(entry: LedgerEntry): Promise<KillReport> {
    entry.door.shut();
    const { kill, cleanup } = entry;
    const reason = 'its function ended before its cleanup';
    if (cleanup) return this.endCleanup(entry, cleanup, reason);
    if (kill) return kill.report;
    // The kill was run by a reaper that has since crashed.
    const { escalation } = entry;
    return this.start(entry, { then: 'cancel', reason, escalation, cleanupMs: 0, runs: [] }, true).report;
  }

  /** Lets a killed attempt finish its cleanup within the time it has. */
  async outlast(entry: LedgerEntry): Promise<void> {
    const { cleanup } = entry;
    if (!cleanup) return;
    const waiting = new AbortController();
    await Promise.race([
      cleanup.over,
      sleep(CLEANUP_BEGINS_MS, undefined, { signal: waiting.signal, ref: false }).catch(() => undefined), // cleanup ended
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
    const escalation = { ...asked.escalation }; // a copy: a later request may shorten it
    entry.door.close();
    onBegin(entry);
    const isOver = entry.deadlineAt === undefined;
    notices.notify({ type: 'killing', token: entry.token, then, reason, isCleanup, isOver });
    const stopHurrying = hurryWithoutBeats(entry, escalation);
    const report = killer.kill(entry, ledger.all(), escalation).finally(stopHurrying);
    const kill = { ...asked, escalation, report };
    entry.beginKill(kill);
    report.then(
      (done) => this.ended(entry, kill, done, isCleanup),
      (error) => {
        entry.forgetKill();
        notices.log('ERROR', 'A kill failed', { attempt: describeAttempt(entry.attempt), error: String(error) });
        notices.notify({ type: 'killed', token: entry.token, report: nothingKilled(killer.containment) });
      },
    );
    return kill;
  }

  private ended(entry: LedgerEntry, kill: KillInProgress, report: KillReport, isCleanup: boolean): void {
    const { ledger, notices, close } = this.context;
    const hasHit = report.processes.length > 0;
    if (hasHit || !isCleanup) ledger.keepReport(entry, report);
    if (entry.isDetached) close(entry);
    else if (this.isOpen(entry)) this.beginCleanup(entry, kill);
    // A kill that found nothing is not final: the watch, or a later request, kills again.
    if (!hasHit && !entry.hasCleanup && (isCleanup || !entry.cleanup)) entry.forgetKill();
    // A cleanup that left nothing behind does not count as a kill.
    const then = isCleanup && !hasHit ? undefined : kill.then;
    notices.notify({ type: 'killed', token: entry.token, report, then });
    logKill(notices.log, entry.attempt, kill.reason, report);
  }

  private beginCleanup(entry: LedgerEntry, { cleanupMs }: KillInProgress): void {
    const now = monotonicMs();
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
    entry.beginCleanup(cleanup);
  }

  private endCleanup(entry: LedgerEntry, cleanup: CleanupTime, reason: string): Promise<KillReport> {
    if (cleanup.end) return cleanup.end;
    clearTimeout(cleanup.timer);
    entry.door.shut();
    const then = entry.kill?.then ?? 'cancel';
    const graceMs = Math.max(0, Math.min(entry.escalation.graceMs, cleanup.endsAt - monotonicMs()));
    const escalation = { ...entry.escalation, graceMs };
    const runs = entry.kill?.runs ?? [];
    const { report } = this.start(entry, { then, reason, escalation, cleanupMs: 0, runs }, true);
    cleanup.end = report;
    void report.catch(() => undefined).finally(() => cleanup.resolveOver()); // start() logs a kill that broke
    return report;
  }

  /** Tells the main thread when Temporal is done with the attempt that is held open, or when the wait has ended. */
  private async hold(entry: LedgerEntry, kill: KillInProgress): Promise<void> {
    const { notices, holdMs } = this.context;
    await kill.report.catch(() => undefined); // start() logs a kill that broke
    const isWanted = (): boolean => this.isOpen(entry);
    const by = await this.context.hold({ entry, requests: () => kill.runs, isWanted, holdMs });
    notices.notify({ type: 'holdEnded', token: entry.token, by });
    if (by !== 'late') sayLastWord(entry, isWanted, () => this.context.reportCancellation(entry));
  }
}

/** A later request can only shorten the kill, never lengthen it. */
function hurry(kill: KillInProgress, wished: Escalation): void {
  const graceMs = wished.signal === 'SIGKILL' ? 0 : wished.graceMs;
  const steps = kill.escalation;
  steps.graceMs = Math.min(steps.graceMs, graceMs);
  steps.settleMs = Math.min(steps.settleMs, wished.settleMs);
  kill.cleanupMs = Math.min(kill.cleanupMs, graceMs);
}
