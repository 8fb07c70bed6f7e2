import type { AttemptRef } from '../contract/attempt-ref';
import { describeAttempt } from '../contract/attempt-ref';
import { ReaperError } from '../contract/errors';
import type { Escalation } from '../contract/escalation';
import type { Encloser, Enclosure } from '../process/containment/enclosure';
import { nowTicks } from '../process/table/liveness';
import { type MarkerVariable, type WorkerMark, attemptKey, markerOf, markerVariable } from '../process/marker';
import type { AttemptSpans } from './attempt-spans';
import { BackgroundChildren } from './background-children';
import { type ChildUser, changesUser } from './changes-user';
import { SpawnDoor } from './spawn-door';
import type { ReaperCommand, ReaperLink } from './reaper-protocol';
import type { NeverTracks } from './never-track-option';

/** How long starting a process waits for a kill in progress to end, in ms; once for each kill. */
const KILL_ENDS_MS = 500;
/** The same for a call that blocks the main loop anyway. */
const SYNC_KILL_ENDS_MS = 3_000;

function refusalOf({ attempt, door, hasSettled }: AttemptScope): string {
  const whose = `This code runs in the async context of activity ${describeAttempt(attempt)}, which`;
  const others = 'if it belongs to another activity, wrap it in AsyncResource.bind';
  if (hasSettled || door.isShut) return `${whose} was killed or has failed and cannot start more processes; ${others}`;
  return `${whose} is being killed: it can start processes again when its processes are dead; to start one now, use onKill or untracked; ${others}`;
}

type Untokened<Command> = Command extends unknown ? Omit<Command, 'token'> : never;

/** What a scope needs to know about its attempt, and the functions that it calls. */
export interface ScopedAttempt {
  token: string;
  attempt: AttemptRef;
  mark: WorkerMark;
  /** Give each child its own session, so that its process group can be killed atomically. */
  ownSession: boolean;
  link: ReaperLink;
  encloser?: Encloser;
  /** How its processes are killed, unless the request says otherwise. */
  escalation: Escalation;
  /** Whether a program is never tracked. */
  neverTracks: NeverTracks;
  /** Undefined without a tracer. */
  spans?: AttemptSpans;
  /** Tells the reaper about the attempt, unless it knows already. */
  tellReaper: () => void;
  /** Called when a program starts in the attempt's async context after its function has returned. */
  tellOfStranger: (program: string) => void;
  /** Runs a cleanup that was registered after the kill had begun. */
  cleanUpLate: () => void;
}

/** One attempt as the main thread sees it: what a spawn hook needs, and nothing that blocks. */
export class AttemptScope {
  readonly token: string;
  readonly attempt: AttemptRef;
  readonly ownSession: boolean;
  readonly door = new SpawnDoor();
  readonly children = new BackgroundChildren();
  /** See {@link ScopedAttempt}. */
  readonly tellReaper: () => void;
  /** See {@link ScopedAttempt}. */
  readonly neverTracks: NeverTracks;
  /** See {@link ScopedAttempt}. */
  readonly spans: AttemptSpans | undefined;
  /** See {@link ScopedAttempt}. */
  readonly tellOfStranger: (program: string) => void;
  private readonly link: ReaperLink;
  /** See {@link ScopedAttempt}. */
  escalation: Escalation;
  private enclosure: Enclosure | undefined;
  private ownMarker: MarkerVariable | undefined;
  /** Whether it ever started a process: an attempt that did not need not be killed. */
  startedAny = false;
  /** Whether something was registered to run when it is killed. */
  hasCleanup = false;
  /** Each runs once, when the attempt is killed. */
  readonly cleanups: (() => unknown)[] = [];
  /** Whether a spawn was refused because the attempt is being killed. */
  refusedAny = false;
  /** Whether its function has returned; what starts in its async context after that belongs to nobody. */
  hasReturned = false;
  /** Whether its function has settled. */
  hasSettled = false;
  /** Whether it has started a process after a kill. */
  hasCleanedUp = false;
  /** Users that the reaper already knows of. */
  private readonly users = new Set<number>();
  /** The number of the last kill that a spawn has waited for in vain. */
  private waitedInVainFor = 0;

  constructor(private readonly scoped: ScopedAttempt) {
    this.token = scoped.token;
    this.attempt = scoped.attempt;
    this.ownSession = scoped.ownSession;
    this.link = scoped.link;
    this.escalation = scoped.escalation;
    this.tellReaper = scoped.tellReaper;
    this.neverTracks = scoped.neverTracks;
    this.spans = scoped.spans;
    this.tellOfStranger = scoped.tellOfStranger;
  }

  /** Whether a kill has nothing to do: no process was ever started, and no cleanup registered. */
  get isIdle(): boolean {
    return !this.startedAny && !this.hasCleanup;
  }

  /**
   * Runs an asynchronous spawn; `pidOf` reads the new process's pid afterwards.
   *
   * @param user the user that the process runs as
   * @throws ReaperError `ATTEMPT_KILLED` once the attempt is being killed
   */
  runSpawn<T>(call: () => T, pidOf: () => number | undefined, leadsGroup: boolean, user: ChildUser): T {
    this.enter();
    try {
      this.noteUser(user);
      let isEnclosed = false;
      const result = this.runEnclosed(call, changesUser(user), (is) => (isEnclosed = is));
      const pid = pidOf();
      if (pid !== undefined) this.tell({ type: 'processStarted', pid, leadsGroup, isEnclosed });
      return result;
    } finally {
      this.door.leave();
    }
  }

  /**
   * Runs a call that blocks the main loop until its process is dead.
   *
   * @param user the user that the process runs as
   * @throws ReaperError `ATTEMPT_KILLED` once the attempt is being killed
   */
  runSync<T>(call: () => T, user: ChildUser): T {
    this.enter(SYNC_KILL_ENDS_MS);
    let isEnclosed = false;
    try {
      this.noteUser(user);
      const changes = changesUser(user);
      const isCertain = this.enclosed?.isCertain === true && !changes;
      this.tell({ type: 'syncStarted', sinceTicks: nowTicks(), isEnclosed: isCertain });
      try {
        return this.runEnclosed(call, changes, (is) => (isEnclosed = is));
      } finally {
        this.tell({ type: 'syncEnded', isEnclosed });
      }
    } finally {
      this.door.leave();
    }
  }

  /**
   * Tracks a process that no hook saw start.
   *
   * @throws ReaperError `ATTEMPT_KILLED` once the attempt is being killed
   */
  adopt(pid: number): void {
    this.enter();
    this.tell({ type: 'processStarted', pid, leadsGroup: false, isEnclosed: false });
    this.door.leave();
  }

  /** From now on, its processes are killed this way. */
  setEscalation(escalation: Escalation): void {
    this.escalation = escalation;
    this.tellReaper();
    this.tell({ type: 'escalation', escalation });
  }

  /** Runs `cleanup` once when the attempt is killed. */
  onKill(cleanup: () => unknown): void {
    this.cleanups.push(cleanup);
    if (this.door.closed) this.scoped.cleanUpLate();
    if (this.hasCleanup) return;
    this.hasCleanup = true;
    this.tellReaper();
    this.tell({ type: 'cleanupRegistered' });
  }

  /** The marker for processes that no hook sees: from now on the attempt may have some that only the marker finds. */
  handOutMarker(): MarkerVariable {
    this.startedAny = true;
    this.spans?.noteProcess();
    this.tellReaper();
    this.tell({ type: 'markerHandedOut' });
    return this.marker;
  }

  processExited(pid: number): void {
    this.tell({ type: 'processExited', pid });
  }

  private tell(what: Untokened<Exclude<ReaperCommand, { type: 'open' }>>): void {
    this.link.tell({ ...what, token: this.token });
  }

  private enter(waitMs = KILL_ENDS_MS): void {
    if (!this.door.enter() && !this.enterAfterKill(waitMs)) {
      this.refusedAny = true;
      throw new ReaperError('ATTEMPT_KILLED', refusalOf(this));
    }
    if (this.door.closings > 0) this.hasCleanedUp = true;
    this.startedAny = true;
    this.spans?.noteProcess();
    this.tellReaper();
  }

  /**
   * A cleanup begins the moment its program dies. This thread sees that death slightly before the reaper, which must first
   * verify it; so wait for the kill to end.
   */
  private enterAfterKill(waitMs: number): boolean {
    const { closings } = this.door;
    if (!this.link.isOnThread || this.door.isShut || closings === this.waitedInVainFor) return false;
    this.door.waitForKill(waitMs);
    if (this.door.enter()) return true;
    this.waitedInVainFor = closings;
    return false;
  }

  private noteUser({ uid }: ChildUser): void {
    if (typeof uid !== 'number' || this.users.has(uid)) return;
    this.users.add(uid);
    this.tell({ type: 'startsAs', uid });
  }

  private runEnclosed<T>(call: () => T, changesUser: boolean, tell: (isEnclosed: boolean) => void): T {
    const { enclosed } = this;
    return enclosed ? enclosed.run(call, changesUser, tell) : call();
  }

  /** Created at the first spawn: most attempts have none. Undefined if the level does nothing at a spawn. */
  private get enclosed(): Enclosure | undefined {
    const { encloser } = this.scoped;
    if (!this.enclosure && encloser) {
      const { attempt } = this.attempt;
      this.enclosure = encloser.enclose({ key: attemptKey(this.attempt), attempt });
      this.tell({ type: 'enclosed', ref: this.enclosure.ref });
    }
    return this.enclosure;
  }

  /** Created at the first use. */
  get marker(): MarkerVariable {
    return (this.ownMarker ??= markerVariable(markerOf(this.attempt, this.scoped.mark)));
  }
}
