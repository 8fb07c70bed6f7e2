import { describeAttempt } from '../contract/attempt-ref';
import { type KillReport, nothingKilled } from '../contract/kill-report';
import type { AfterKill } from '../contract/host-requests';
import type { AttemptScope } from './attempt-scope';
import { runCleanups } from './cleanups';
import { graceWithin } from './deadline-of';
import { type Deferred, deferred } from './deferred';
import type { Counted, ReaperLink, ReaperNotices } from './link';

/** The kill of an attempt, as its interceptor sees it. */
export interface AttemptKill {
  then: AfterKill;
  reason: string;
  /** Settles when the processes are dead or given up on. */
  done: Promise<KillReport>;
  /** Settles when the attempt need not be held open any longer: whether the server has the cancel. */
  hold: Promise<boolean>;
}

/** What is open of one attempt. */
export interface OpenedHere {
  scope: AttemptScope;
  /** How long its own cleanup may take when it is killed, in ms. */
  graceMs: number;
  /** Unix time in ms at which Temporal gives it up; undefined when it has no such timeout. */
  deadlineAt?: number;
  /** The Worker that runs it. */
  worker: object;
}

interface KnownKill {
  kill: AttemptKill;
  report: Deferred<KillReport>;
  isReported: boolean;
  hold: Deferred<boolean>;
  isHoldOver: boolean;
}

interface OpenAttempt extends OpenedHere {
  /** The kills that the reaper has told of. */
  kills: KnownKill[];
  /** Settles at the next of them. */
  nextKill: Deferred<void>;
  cancelRequested: Deferred<void>;
  /** Tells of a function that goes on after its kill. */
  goesOn?: NodeJS.Timeout;
}

/** A killed activity whose function goes on for so long is told of, in ms. */
const GOES_ON_MS = 30_000;

/** Programs that were told of. By worker process, whatever number of reapers it has. */
const strangers = new Set<string>();

/** What several kills of an attempt have done. */
function joined(report: KillReport, earlier: KillReport | undefined): KillReport {
  return earlier ? { ...report, processes: [...earlier.processes, ...report.processes] } : report;
}

/** Who counts what the reaper does. */
export interface KillMetrics {
  killed(cause: AfterKill, report: KillReport): void;
  counted(counted: Counted): void;
}

/** The attempts that the main thread has open, and what the reaper says of them. */
export class Attempts implements ReaperNotices {
  private readonly open = new Map<string, OpenAttempt>();

  constructor(
    readonly log: ReaperNotices['log'],
    private readonly metrics?: KillMetrics,
  ) {}

  add(opened: OpenedHere): void {
    const attempt = { ...opened, kills: [], nextKill: deferred<void>(), cancelRequested: deferred<void>() };
    this.open.set(opened.scope.token, attempt);
  }

  delete(token: string): void {
    clearTimeout(this.open.get(token)?.goesOn);
    this.open.delete(token);
  }

  /** The latest kill that closed the attempt's door, also when its notice is still on its way; undefined without any. */
  async killOf(token: string): Promise<AttemptKill | undefined> {
    const attempt = this.open.get(token);
    if (!attempt) return undefined;
    const { closings } = attempt.scope.door;
    while (attempt.kills.length < closings) await attempt.nextKill.promise;
    return attempt.kills.at(-1)?.kill;
  }

  /** Settles when the server has a killed attempt's cancel. */
  cancelRequestedOf(token: string): Promise<void> | undefined {
    return this.open.get(token)?.cancelRequested.promise;
  }

  /** Whether an attempt of that Worker has been killed for a cancel that the server does not have yet. */
  isCancelling(worker: object): boolean {
    return [...this.open.values()].some((attempt) => {
      const last = attempt.worker === worker ? attempt.kills.at(-1) : undefined;
      return last?.kill.then === 'cancel' && !last.isHoldOver;
    });
  }

  /** Kills what a Worker has left open: one that fails tells its attempts nothing. */
  async killAllOf(worker: object, link: Pick<ReaperLink, 'kill' | 'finish'>): Promise<void> {
    const tokens = [...this.open].flatMap(([token, attempt]) => (attempt.worker === worker ? [token] : []));
    await Promise.all(
      tokens.map(async (token) => {
        const killed = this.kill(token, link, 'cancel', 'its Worker has ended');
        await Promise.all([killed, this.finish(token, link)]);
      }),
    );
  }

  /** Ends what the cleanup of a killed attempt has left; it starts no more. */
  async finish(token: string, link: Pick<ReaperLink, 'finish'>): Promise<void> {
    const attempt = this.open.get(token);
    if (!attempt) return;
    attempt.scope.door.shut();
    await this.told(attempt, () => link.finish(token));
  }

  /** The reaper is gone, and another one has come: kills of which nobody would say how they ended are begun again. */
  killAgain(link: Pick<ReaperLink, 'kill'>): void {
    for (const [token, { kills }] of this.open) {
      this.catchUp(token);
      const last = kills.at(-1);
      if (!last || (last.isReported && last.isHoldOver)) continue;
      void this.kill(token, link, last.kill.then, last.kill.reason);
    }
  }

  /** Kills an attempt. A kill that breaks is logged: it must not hide what the function itself came to. */
  async kill(
    token: string,
    link: Pick<ReaperLink, 'kill'>,
    then: AfterKill,
    reason: string,
    graceMs?: number,
  ): Promise<void> {
    const attempt = this.open.get(token);
    if (!attempt) return;
    attempt.scope.tellReaper();
    await this.told(attempt, () => link.kill(token, then, reason, graceMs));
  }

  private async told(attempt: OpenAttempt, call: () => Promise<unknown>): Promise<void> {
    try {
      await call();
    } catch (error) {
      this.log('ERROR', 'A kill broke', { attempt: describeAttempt(attempt.scope.attempt), error: String(error) });
    }
  }

  /** The reaper closed doors, and crashed before its notice was out. */
  private catchUp(token: string): void {
    const attempt = this.open.get(token);
    while (attempt && attempt.kills.length < attempt.scope.door.closings) {
      this.killing(token, 'cancel', 'the reaper crashed', false);
    }
  }

  /** The reaper is gone: nobody will say how the kills under way ended. */
  abandon(): void {
    const report = nothingKilled({ level: 'basic', proof: 'none' });
    for (const token of this.open.keys()) {
      this.catchUp(token);
      this.killed(token, report);
      this.holdEnded(token, false);
    }
  }

  killing(token: string, then: AfterKill, reason: string, isCleanup: boolean): void {
    const attempt = this.open.get(token);
    if (!attempt) return;
    const { scope, graceMs, deadlineAt, nextKill } = attempt;
    scope.keepAlive();
    const before = attempt.kills.at(-1);
    const report = deferred<KillReport>();
    const cleanups = runCleanups(scope, graceWithin(graceMs, deadlineAt, Date.now()), this.log);
    const done = Promise.all([report.promise, before?.kill.done, cleanups]).then(([own, earlier]) =>
      joined(own, earlier),
    );
    // What ends a cleanup is a part of the kill that it followed.
    const held =
      isCleanup && before ? before : { hold: deferred<boolean>(), isHoldOver: then === 'fail' || then === 'retry' };
    const why = isCleanup && before ? before.kill : { then, reason };
    const kill = { then: why.then, reason: why.reason, done, hold: held.hold.promise };
    attempt.kills.push({ kill, report, isReported: false, hold: held.hold, isHoldOver: held.isHoldOver });
    attempt.nextKill = deferred();
    nextKill.resolve();
  }

  killed(token: string, report: KillReport, then?: AfterKill): void {
    if (then) this.metrics?.killed(then, report);
    const attempt = this.open.get(token);
    if (!attempt) return;
    for (const kill of attempt.kills) {
      if (kill.isReported) continue;
      kill.isReported = true;
      kill.report.resolve(report);
    }
    attempt.goesOn ??= setTimeout(() => this.tellOfGoingOn(attempt), GOES_ON_MS).unref();
  }

  private tellOfGoingOn({ scope }: OpenAttempt): void {
    if (scope.hasSettled) return;
    this.log('WARN', 'An activity that was killed goes on: its function has not ended', {
      attempt: describeAttempt(scope.attempt),
      sinceItsKillMs: GOES_ON_MS,
    });
  }

  /** Once for each program: it starts in the async context of an activity that has returned, and lives as long as its worker. */
  tellOfStranger({ attempt }: AttemptScope, program: string): void {
    if (strangers.has(program)) return;
    strangers.add(program);
    this.log('WARN', "A process starts in the context of an activity that has returned, and is nobody's", {
      program,
      attempt: describeAttempt(attempt),
      remedy:
        'If another activity starts it, as through a queue, hand that code over with AsyncResource.bind. If it serves all, name the program in neverTrack, or start it in untracked()',
    });
  }

  counted(counted: Counted): void {
    this.metrics?.counted(counted);
  }

  closed(): void {
    // Only who can lose its reaper needs to know.
  }

  guardianStarted(): void {
    // Only who can lose its reaper needs to know.
  }

  holdEnded(token: string, isCancelRequested: boolean): void {
    const attempt = this.open.get(token);
    if (!attempt) return;
    for (const kill of attempt.kills) {
      kill.isHoldOver = true;
      kill.hold.resolve(isCancelRequested);
    }
    if (isCancelRequested) attempt.cancelRequested.resolve();
  }
}
