import { AsyncLocalStorage } from 'node:async_hooks';
import type { AttemptRef } from '../contract/attempt-ref';
import { describeAttempt } from '../contract/attempt-ref';
import { ReaperError } from '../contract/errors';
import type { Command, Encloser, Enclosure, Start } from '../process/containment/enclosure';
import { nowTicks } from '../process/identity';
import { type WorkerMark, attemptKey, formatMarker, markerName } from '../process/marker';
import { Door } from './door';
import type { ReaperLink } from './link';
import type { NeverTracks } from './never-track';

/** How long the start of a process waits for the end of a kill under way, in ms; once for each kill. */
const KILL_ENDS_MS = 500;
/** The same for a call that blocks the main loop anyway. */
const SYNC_KILL_ENDS_MS = 3_000;

function refusalOf({ attempt, door, hasSettled }: AttemptScope): string {
  const whose = `This code runs in the async context of activity ${describeAttempt(attempt)}, which`;
  const others = 'if it belongs to another activity, hand it over with AsyncResource.bind';
  if (hasSettled || door.isShut) return `${whose} was killed, or has failed, and starts no more processes; ${others}`;
  return `${whose} is being killed: it may start processes again when its processes are dead; to start one now, use onKill or untracked; ${others}`;
}

/** One attempt as the main thread sees it: what a spawn hook needs, and nothing that blocks. */
export class AttemptScope {
  readonly door = new Door();
  /** Runs what is registered when the kill is under way already; set by whoever opens the attempt. */
  cleanUpLate: () => void = () => undefined;
  /** Begins to beat for it; set by whoever opens it. */
  keepAlive: () => void = () => undefined;
  /** Tells the reaper of the attempt; set by whoever opens it. */
  tellReaper: () => void = () => undefined;
  private enclosure: Enclosure | undefined;
  private marker: { name: string; value: string } | undefined;
  /** Whether it ever started a process: an attempt that did not needs no kill. */
  startedAny = false;
  /** Whether something was registered to run when it is killed. */
  hasCleanup = false;
  /** Run once when the attempt is killed. */
  readonly cleanups: (() => unknown)[] = [];
  /** Whether a spawn was refused because the attempt is being killed. */
  refusedAny = false;
  /** Whether a program is never tracked; set by whoever opens it. */
  neverTracks: NeverTracks = () => false;
  /** Hears of a program that starts in its async context when it has returned; set by whoever opens it. */
  tellOfStranger: (program: string) => void = () => undefined;
  /** Whether its function has returned, and what starts in its async context is nobody's. */
  hasReturned = false;
  /** Whether its function has settled. */
  hasSettled = false;
  /** Whether it has started a process after a kill. */
  hasCleanedUp = false;
  /** The number of a kill that a spawn has waited for in vain. */
  private waitedInVainFor = 0;

  constructor(
    readonly token: string,
    readonly attempt: AttemptRef,
    private readonly mark: WorkerMark,
    /** Give each child its own session, so that its group can be killed atomically. */
    readonly ownSession: boolean,
    private readonly link: ReaperLink,
    private readonly encloser?: Encloser,
  ) {}

  get markerName(): string {
    return this.ownMarker.name;
  }

  get markerValue(): string {
    return this.ownMarker.value;
  }

  /**
   * Runs an asynchronous spawn; `pidOf` reads the new process's pid afterwards.
   *
   * @throws ReaperError `ATTEMPT_KILLED` once the attempt is being killed
   */
  runSpawn<T>(start: Start, call: (command: Command) => T, pidOf: () => number | undefined, leadsGroup: boolean): T {
    this.enter();
    const begin = (command: Command, isEnclosed: boolean): T => {
      const result = call(command);
      const pid = pidOf();
      if (pid !== undefined) this.link.processStarted(this.token, pid, leadsGroup, isEnclosed);
      return result;
    };
    try {
      return this.runEnclosed(start, begin, () => pidOf() ?? false);
    } finally {
      this.door.leave();
    }
  }

  /**
   * Runs a call that blocks the main loop until its process is dead.
   *
   * @throws ReaperError `ATTEMPT_KILLED` once the attempt is being killed
   */
  runSync<T>(start: Start, call: (command: Command) => T, hasStarted: (result: T) => boolean): T {
    this.enter(SYNC_KILL_ENDS_MS);
    let hasBegun = false;
    const begin = (command: Command, isEnclosed: boolean): T => {
      this.link.syncStarted(this.token, nowTicks(), isEnclosed);
      hasBegun = true;
      return call(command);
    };
    try {
      return this.runEnclosed(start, begin, hasStarted);
    } finally {
      this.door.leave();
      if (hasBegun) this.link.syncEnded(this.token);
    }
  }

  /**
   * Tracks a process that no hook saw start.
   *
   * @throws ReaperError `ATTEMPT_KILLED` once the attempt is being killed
   */
  adopt(pid: number): void {
    this.enter();
    this.link.processStarted(this.token, pid, false, false);
    this.door.leave();
  }

  /** Runs `cleanup` once when the attempt is killed. */
  onKill(cleanup: () => unknown): void {
    this.cleanups.push(cleanup);
    if (this.door.closed) this.cleanUpLate();
    if (this.hasCleanup) return;
    this.hasCleanup = true;
    this.tellReaper();
    this.link.cleanupRegistered(this.token);
  }

  /** The marker for what no hook sees start: the attempt may have processes from now on that the marker alone finds. */
  handOutMarker(): { name: string; value: string } {
    this.startedAny = true;
    this.tellReaper();
    this.link.markerHandedOut(this.token);
    return this.ownMarker;
  }

  processExited(pid: number): void {
    this.enclosure?.exited?.(pid);
    this.link.processExited(this.token, pid);
  }

  private enter(waitMs = KILL_ENDS_MS): void {
    if (!this.door.enter() && !this.enterAfterKill(waitMs)) {
      this.refusedAny = true;
      throw new ReaperError('ATTEMPT_KILLED', refusalOf(this));
    }
    if (this.door.closings > 0) this.hasCleanedUp = true;
    this.startedAny = true;
    this.tellReaper();
  }

  /**
   * A cleanup begins at the very moment of its program's death, and that is seen a little earlier here than by the reaper,
   * which makes sure of it.
   */
  private enterAfterKill(waitMs: number): boolean {
    const { closings } = this.door;
    if (!this.link.isOnThread || this.door.isShut || closings === this.waitedInVainFor) return false;
    this.door.waitForKill(waitMs);
    if (this.door.enter()) return true;
    this.waitedInVainFor = closings;
    return false;
  }

  /** An enclosure is made at the first spawn: most attempts have none. */
  private runEnclosed<T>(
    start: Start,
    call: (command: Command, isEnclosed: boolean) => T,
    hasStarted: (result: T) => number | boolean,
  ): T {
    if (!this.encloser) return call(start, false);
    if (!this.enclosure) {
      const { attempt } = this.attempt;
      this.enclosure = this.encloser.enclose({ key: attemptKey(this.attempt), attempt });
      this.link.enclosed(this.token, this.enclosure.ref);
    }
    return this.enclosure.spawn(start, call, hasStarted);
  }

  /** Made at the first spawn: most attempts have none. */
  private get ownMarker(): { name: string; value: string } {
    if (!this.marker) {
      const key = attemptKey(this.attempt);
      const value = formatMarker({ key, ...this.mark, attempt: this.attempt.attempt });
      this.marker = { name: markerName(key), value };
    }
    return this.marker;
  }
}

// Shared between copies of this package: one process has one set of hooks.
const STORAGE = Symbol.for('temporal-reaper.attempt-scope');
type Shared = typeof globalThis & { [STORAGE]?: AsyncLocalStorage<AttemptScope> };

/** Names the attempt on whose behalf code runs, across every await. */
export const scopeStorage: AsyncLocalStorage<AttemptScope> = ((globalThis as Shared)[STORAGE] ??=
  new AsyncLocalStorage<AttemptScope>());
