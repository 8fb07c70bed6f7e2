import type { ProcessInfo } from '../../contract/process-ref';
import { errorCode } from '../error-code';
import { type Look, startedSince } from '../look';
import { lockLimitOf, setLockLimit, UNLIMITED } from '../native/lock-limit';
import { reapChild } from '../native/reap';
import type { OwnChildren } from './own-children';
import type { Tag, Tags } from './tags';
import { mainChildren, otherThreadsChildren } from './thread-children';

/** A child of the main thread with a tag of ours that Node does not know of: an orphan of something that we started. */
export interface Stray extends Tag {
  pid: number;
  /** Nobody waits for it, whatever Node is doing now. */
  mayReap: boolean;
}

/** Well below the time in which the kernel can come round to a pid again, see table-procfs. */
const REUSE_MS = 500;
/** So often must a pursuit find nothing in a row. */
const QUIET_READINGS = 3;

/** The orphans that fall to a worker that is a subreaper. Any thread of the process may ask. */
export class Adoption {
  /** Strays that a spawn under way may have started: how many had begun when they were first seen. */
  private suspects = new Map<number, { begun: number; seenAt: number }>();

  constructor(
    readonly tags: Tags,
    readonly own: OwnChildren,
  ) {}

  /**
   * Takes the dead among the strays out of the process table.
   *
   * @returns all that were there, dead or alive
   */
  reap(): Stray[] {
    const strays = this.strays().filter(({ mayReap }) => mayReap);
    for (const { pid } of strays) reapChild(pid);
    return strays;
  }

  /**
   * SIGKILL to an attempt's strays, again and again: whoever forks and exits falls to us with each generation, and one
   * that is killed before it has forked is the last. Holds the thread for as long as it lasts.
   */
  pursue(attempt: number, maxMs: number): void {
    const end = performance.now() + maxMs;
    for (let quiet = 0; quiet < QUIET_READINGS && performance.now() < end; quiet++) {
      for (const stray of this.strays()) {
        // Who may be reaped keeps its number until we reap it.
        if (stray.attempt !== attempt || !stray.mayReap) continue;
        if (reapChild(stray.pid) !== undefined || killNow(stray.pid)) quiet = -1;
      }
    }
  }

  /** The children of a look that an attempt's spawns or orphans are, zombies included. */
  among(look: Look, attempt: number, sinceTicks: string): ProcessInfo[] {
    const tagged = look.childrenOf(process.pid).filter(({ pid, startTicks }) => {
      return startedSince(startTicks, sinceTicks) && this.tagOf(pid)?.attempt === attempt;
    });
    if (tagged.every(({ pid }) => this.own.has(pid))) return tagged;
    const strangers = this.taggedByAccident();
    return tagged.filter(({ pid }) => !strangers.has(pid));
  }

  /**
   * The limit belongs to the whole process: what another thread starts in the moment of a tracked spawn inherits the tag
   * too. Gives those back what they would have had.
   */
  untagStrangers(): void {
    for (const pid of this.taggedByAccident()) setLockLimit(pid, this.own.normalLimit, UNLIMITED);
  }

  /** Children of the main thread without a tag: of native code, or an orphan of something that no hook saw. */
  untagged(): number[] {
    return mainChildren().filter((pid) => !this.own.has(pid) && this.tagOf(pid) === undefined);
  }

  /** Whether there is anything left to reap, now or later. */
  get isOver(): boolean {
    return this.strays().length === 0;
  }

  private taggedByAccident(): Set<number> {
    return new Set(otherThreadsChildren().filter((pid) => this.tagOf(pid) !== undefined));
  }

  private tagOf(pid: number): Tag | undefined {
    const limit = lockLimitOf(pid);
    return limit === undefined ? undefined : this.tags.parse(limit);
  }

  private strays(): Stray[] {
    const { own } = this;
    // The list first, see OwnChildren.
    const pids = mainChildren();
    const begun = own.spawnsBegun;
    const ended = own.spawnsEnded;
    const call = own.call;
    const now = performance.now();
    const strays: Stray[] = [];
    const suspects: typeof this.suspects = new Map();
    let isCallSeen = call === undefined;
    for (const pid of pids) {
      if (own.has(pid)) continue;
      const limit = lockLimitOf(pid);
      const tag = limit === undefined ? undefined : this.tags.parse(limit);
      if (!tag) continue;
      const before = this.suspects.get(pid);
      const suspect = { begun: before && now - before.seenAt < REUSE_MS ? before.begun : begun, seenAt: now };
      let mayReap = !own.isLost && ended >= suspect.begun;
      // The kernel lists the process that the call started before whatever became an orphan below it.
      if (!isCallSeen && limit === call) {
        isCallSeen = true;
        mayReap = false;
      }
      suspects.set(pid, suspect);
      strays.push({ ...tag, pid, mayReap });
    }
    this.suspects = suspects;
    return strays;
  }
}

/** False when it is not ours to kill (it has changed its user), or when the reaper of another namespace was faster. */
function killNow(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (errorCode(error) === 'EPERM' || errorCode(error) === 'ESRCH') return false;
    throw error;
  }
}
