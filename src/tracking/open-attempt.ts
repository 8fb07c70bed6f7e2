import { describeAttempt } from '../contract/attempt-ref';
import { type KillReport, nothingKilled } from '../contract/kill-report';
import type { AfterKill } from '../contract/host-requests';
import { monotonicMs } from '../process/clock';
import type { AttemptScope } from './attempt-scope';
import { runCleanups } from './cleanups';
import { graceWithin } from './grace-within';
import { type DeferredPromise, deferred } from './deferred';
import type { HoldEnd, ReaperLink, ReaperLog, ReaperNotice } from './reaper-protocol';
import { tellOfHelpers } from './warn-of-shared-programs';

/** Warn about a killed activity whose function is still running after this time, in ms. */
const GOES_ON_MS = 30_000;

/** The kill of an attempt, as its interceptor sees it. */
export interface PendingKill {
  then: AfterKill;
  reason: string;
  /** Settles when the processes are dead or given up. */
  done: Promise<KillReport>;
  /** Settles when the attempt need not be held open any longer; true if the server has the cancel. */
  hold: Promise<boolean>;
}

/** What is known about an attempt when it begins. */
export interface OpenedHere {
  scope: AttemptScope;
  link: Pick<ReaperLink, 'ask'>;
  log: ReaperLog;
  /** When Temporal times it out, see {@link monotonicMs}; undefined when it has no such timeout. */
  deadlineAt?: number;
  /** The Worker that runs it. */
  worker: object;
  /** Sends heartbeats in place of its function from now on. */
  keepAlive: () => void;
}

type Killing = ReaperNotice & { type: 'killing' };

interface KnownKill {
  kill: PendingKill;
  /** Why this kill began, where `kill` says why the first one did. */
  own: Pick<PendingKill, 'then' | 'reason'>;
  report: DeferredPromise<KillReport>;
  isReported: boolean;
  hold: DeferredPromise<boolean>;
  isHoldOver: boolean;
}

/** The combined report of several kills of an attempt. */
function joined(report: KillReport, earlier: KillReport | undefined): KillReport {
  return earlier ? { ...report, processes: [...earlier.processes, ...report.processes] } : report;
}

/** An attempt that the main thread has open: asks the reaper to kill it, and keeps what the reaper reports of its kills. */
export class OpenAttempt {
  private readonly kills: KnownKill[] = [];
  private nextKill = deferred<void>();
  private readonly over = deferred<HoldEnd>();
  private goesOn: NodeJS.Timeout | undefined;

  constructor(private readonly opened: OpenedHere) {}

  get scope(): AttemptScope {
    return this.opened.scope;
  }

  get worker(): object {
    return this.opened.worker;
  }

  /** Settles when the server has the cancel, or has no more use for the attempt. */
  get overForServer(): Promise<HoldEnd> {
    return this.over.promise;
  }

  /** Whether it was killed for a cancel that the server does not have yet. */
  get isCancelling(): boolean {
    const last = this.kills.at(-1);
    return last?.kill.then === 'cancel' && !last.isHoldOver;
  }

  /** The latest kill that closed the door, even if its notice is still on its way; undefined if there was none. */
  async latestKill(): Promise<PendingKill | undefined> {
    const { closings } = this.scope.door;
    while (this.kills.length < closings) await this.nextKill.promise;
    return this.kills.at(-1)?.kill;
  }

  /** Kills it. Logs a kill that fails: its error must not hide the outcome of the function. */
  async kill(then: AfterKill, reason: string, graceMs?: number): Promise<void> {
    const { scope, link } = this.opened;
    scope.tellReaper();
    await this.loggingFailure(() => link.ask({ type: 'kill', token: scope.token, then, reason, graceMs }));
  }

  /** Kills what the cleanup of a killed attempt has left; the attempt starts no more. */
  async finish(): Promise<void> {
    const { scope, link } = this.opened;
    scope.door.shut();
    await this.loggingFailure(() => link.ask({ type: 'finish', token: scope.token }));
  }

  /** Kills it for good: its Worker has ended. */
  async end(): Promise<void> {
    this.scope.door.shut();
    if (this.scope.isIdle) return;
    await Promise.all([this.kill('cancel', 'its Worker has ended'), this.finish()]);
  }

  /** A new reaper has replaced one that crashed: begins again a kill whose end nobody would report. */
  killAgain(): void {
    this.noteUntoldKills();
    const last = this.kills.at(-1);
    if (last && !(last.isReported && last.isHoldOver)) void this.kill(last.kill.then, last.kill.reason);
  }

  /** The reaper is gone: nobody will report how the kills in progress ended. */
  abandon(): void {
    this.noteUntoldKills();
    this.killed(nothingKilled({ level: 'basic', proof: 'none' }));
    this.holdEnded('late');
  }

  /** Stops the warning about a function that goes on. */
  close(): void {
    clearTimeout(this.goesOn);
  }

  /** See {@link ReaperNotice}: a kill has begun. */
  killing({ then, reason, isCleanup, isOver }: Omit<Killing, 'type' | 'token'>): void {
    const { scope, deadlineAt, log, keepAlive } = this.opened;
    keepAlive();
    if (!isCleanup) tellOfHelpers(scope, log);
    const before = this.kills.at(-1);
    const report = deferred<KillReport>();
    const graceMs = graceWithin(scope.escalation.graceMs, isOver ? undefined : deadlineAt, monotonicMs());
    const cleanups = runCleanups(scope, graceMs, log);
    const done = Promise.all([report.promise, before?.kill.done, cleanups]).then(([own, earlier]) =>
      joined(own, earlier),
    );
    // A kill that ends a cleanup is part of the kill before it.
    const held =
      isCleanup && before ? before : { hold: deferred<boolean>(), isHoldOver: then === 'fail' || then === 'retry' };
    const why = isCleanup && before ? before.kill : { then, reason };
    const kill = { then: why.then, reason: why.reason, done, hold: held.hold.promise };
    this.kills.push({
      kill,
      own: { then, reason },
      report,
      isReported: false,
      hold: held.hold,
      isHoldOver: held.isHoldOver,
    });
    this.nextKill.resolve();
    this.nextKill = deferred();
  }

  /** The kill is over. */
  killed(report: KillReport): void {
    const last = this.kills.at(-1);
    if (!last) return;
    if (!last.isReported) this.scope.spans?.killed(last.own, report);
    for (const kill of this.kills) {
      if (kill.isReported) continue;
      kill.isReported = true;
      kill.report.resolve(report);
    }
    this.goesOn ??= setTimeout(() => this.tellOfGoingOn(), GOES_ON_MS).unref();
  }

  /** The attempt need not be held open any longer. */
  holdEnded(by: HoldEnd): void {
    for (const kill of this.kills) {
      kill.isHoldOver = true;
      kill.hold.resolve(by !== 'late');
    }
    if (by !== 'late') this.over.resolve(by);
  }

  /** The reaper closed the door but crashed before it sent the notice. */
  private noteUntoldKills(): void {
    while (this.kills.length < this.scope.door.closings)
      this.killing({ then: 'cancel', reason: 'the reaper crashed', isCleanup: false, isOver: false });
  }

  private async loggingFailure(call: () => Promise<unknown>): Promise<void> {
    try {
      await call();
    } catch (error) {
      if (this.scope.isIdle) return; // a reaper that ends leaves the kill of nothing unanswered
      const attempt = describeAttempt(this.scope.attempt);
      this.opened.log('ERROR', 'A kill failed', { attempt, error: String(error) });
    }
  }

  private tellOfGoingOn(): void {
    if (this.scope.hasSettled) return;
    this.opened.log('WARN', 'A killed activity is still running: its function has not ended', {
      attempt: describeAttempt(this.scope.attempt),
      sinceItsKillMs: GOES_ON_MS,
    });
  }
}
