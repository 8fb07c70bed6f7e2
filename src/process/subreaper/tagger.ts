import { readdirSync } from 'node:fs';
import { setChildSubreaper } from '../native/child-subreaper';
import { lockLimitOf, ownLockLimit, setLockLimit, UNLIMITED } from '../native/lock-limit';
import type { WorkerMark } from '../marker';
import { Adoption } from './adoption';
import { NumberRing } from './number-ring';
import { OwnChildren } from './own-children';
import { ATTEMPTS, CALLS, type Tag, Tags } from './tags';

/** How often the dead are reaped once no reaper does it any more. */
const AFTERWARDS_MS = 1_000;
/** How often whoever reaps learns that this thread is not blocked. */
const TURN_MS = 1_000;

/** The thread that starts processes: gives each a tag, and tells whoever reaps which of them Node waits for. One per process. */
export class Tagger {
  private readonly tags: Tags;
  private readonly adoption: Adoption;
  private readonly normal: bigint;
  private readonly attempts = new NumberRing(ATTEMPTS, () => this.numbersInUse(({ attempt }) => attempt));
  private current: bigint;
  private users = 0;
  private isOurDoing = false;
  private afterwards: NodeJS.Timeout | undefined;
  private turns: NodeJS.Timeout | undefined;

  constructor(
    mark: WorkerMark,
    private readonly own: OwnChildren,
  ) {
    this.tags = new Tags(mark);
    this.adoption = new Adoption(this.tags, own);
    this.normal = this.current = ownLockLimit()?.soft ?? UNLIMITED;
    own.normalLimit = this.normal;
  }

  /** @param wasSubreaper whether the process had been one before the level was opened */
  use(wasSubreaper: boolean): void {
    clearInterval(this.afterwards);
    this.turns ??= setInterval(() => this.own.loopTurns(), TURN_MS).unref();
    this.users += 1;
    this.isOurDoing ||= !wasSubreaper;
  }

  /** The last reaper has ended: orphans go elsewhere from now on, and those that are here are reaped by us. */
  leave(): void {
    this.users -= 1;
    if (this.users > 0) return;
    if (this.isOurDoing) setChildSubreaper(false);
    this.afterwards = setInterval(() => {
      this.adoption.reap();
      if (this.isOurDoing && this.adoption.isOver) clearInterval(this.afterwards);
    }, AFTERWARDS_MS).unref();
  }

  /** A tag as the kernel holds it; made once, for many spawns. */
  limitOf(tag: Tag): bigint {
    return this.tags.format(tag);
  }

  nextAttempt(): number {
    return this.attempts.next();
  }

  /** Numbers of an attempt's synchronous calls. */
  callsOf(attempt: number): NumberRing {
    // The last one is the probe's.
    return new NumberRing(CALLS - 1, () =>
      this.numbersInUse((tag) => (tag.attempt === attempt ? tag.call : undefined)),
    );
  }

  /**
   * Runs an asynchronous spawn, whose process and all that descends from it then carry the tag.
   *
   * @param limit the tag, see {@link limitOf}
   * @param call is told whether they do
   * @param pidOf reads the pid from the result
   */
  spawn<T>(limit: bigint, call: (isTagged: boolean) => T, pidOf: (result: T) => number | undefined): T {
    let pid: number | undefined;
    this.own.spawnBegins();
    try {
      const result = this.tagged(limit, call);
      pid = pidOf(result);
      return result;
    } finally {
      this.own.spawnEnds(pid);
    }
  }

  /** Runs a call that blocks until what it starts is dead. */
  callSync<T>(tag: Tag, call: (isTagged: boolean) => T): T {
    const limit = this.tags.format(tag);
    this.own.callBegins(limit);
    try {
      return this.tagged(limit, call);
    } finally {
      this.own.callEnds();
    }
  }

  exited(pid: number): void {
    this.own.exited(pid);
  }

  /** The fork is over when the call returns: exactly what it starts inherits the limit. */
  private tagged<T>(limit: bigint, call: (isTagged: boolean) => T): T {
    const before = this.current;
    const isTagged = setLockLimit(0, limit, UNLIMITED);
    this.current = limit;
    try {
      return call(isTagged);
    } finally {
      setLockLimit(0, before, UNLIMITED);
      this.current = before;
    }
  }

  private numbersInUse(select: (tag: Tag) => number | undefined): Set<number> {
    const numbers = new Set<number>();
    for (const pid of readdirSync('/proc').map(Number).filter(Number.isInteger)) {
      const limit = lockLimitOf(pid);
      const tag = limit === undefined ? undefined : this.tags.parse(limit);
      const number = tag && select(tag);
      if (number !== undefined) numbers.add(number);
    }
    return numbers;
  }
}

// Shared between copies of this package: a process has one limit, and Node one set of children.
const TAGGER = Symbol.for('temporal-reaper.tagger');
const OWN_CHILDREN = Symbol.for('temporal-reaper.own-children');
type Shared = typeof globalThis & { [TAGGER]?: Tagger; [OWN_CHILDREN]?: OwnChildren };

/** The list of the children that this thread's Node waits for; for the main thread, whose children are tagged. */
export function ownChildren(): OwnChildren {
  return ((globalThis as Shared)[OWN_CHILDREN] ??= new OwnChildren());
}

/** The tagger of this process; to be asked for on the main thread, outside of any spawn. */
export function taggerOf(mark: WorkerMark): Tagger {
  return ((globalThis as Shared)[TAGGER] ??= new Tagger(mark, ownChildren()));
}
