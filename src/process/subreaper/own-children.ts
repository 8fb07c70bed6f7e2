// Cells of 8 bytes.
const CALL = 0;
const NORMAL = 1;
const WIDE_CELLS = 2;
// Cells of 4 bytes, after those.
const BEGUN = 0;
const ENDED = 1;
const LOST = 2;
const TURNS = 3;
const COUNTERS = 4;
/** Room for the pids; a power of two. */
const SLOTS = 16_384;

const EMPTY = 0;
const REMOVED = -1;

/** No synchronous call is under way. */
const NO_CALL = 0n;

/**
 * The children that Node itself waits for, in memory that is shared between the thread that starts them and whoever
 * reaps: these must never be reaped by us, or their exit code is lost. One thread writes, any may read.
 *
 * The reader first lists the kernel's children, then asks here: a child on its list was started by a spawn that has
 * begun, and once that spawn has ended its pid is in here.
 */
export class OwnChildren {
  private readonly wide: BigInt64Array<SharedArrayBuffer>;
  private readonly counters: Int32Array<SharedArrayBuffer>;
  private readonly slots: Int32Array<SharedArrayBuffer>;

  constructor(readonly memory: SharedArrayBuffer = OwnChildren.allocate()) {
    this.wide = new BigInt64Array(memory, 0, WIDE_CELLS);
    this.counters = new Int32Array(memory, this.wide.byteLength, COUNTERS);
    this.slots = new Int32Array(memory, this.wide.byteLength + this.counters.byteLength, SLOTS);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(WIDE_CELLS * BigInt64Array.BYTES_PER_ELEMENT + (COUNTERS + SLOTS) * 4);
  }

  /* ---- the thread that starts processes ---- */

  spawnBegins(): void {
    Atomics.add(this.counters, BEGUN, 1);
  }

  /** @param pid undefined when nothing was started */
  spawnEnds(pid: number | undefined): void {
    if (pid !== undefined) this.add(pid);
    Atomics.add(this.counters, ENDED, 1);
  }

  exited(pid: number): void {
    const at = this.indexOf(pid);
    if (at === undefined) return;
    Atomics.store(this.slots, at, REMOVED);
    // A removed slot is only there to be stepped over.
    if (this.slots[next(at)] !== EMPTY) return;
    for (let i = at; this.slots[i] === REMOVED; i = previous(i)) Atomics.store(this.slots, i, EMPTY);
  }

  /** A synchronous call begins; what it starts carries the tag, and its first process is waited for. */
  callBegins(tag: bigint): void {
    Atomics.store(this.wide, CALL, tag);
  }

  callEnds(): void {
    Atomics.store(this.wide, CALL, NO_CALL);
  }

  /** What a process that nobody tags inherits. */
  set normalLimit(limit: bigint) {
    Atomics.store(this.wide, NORMAL, BigInt.asIntN(64, limit));
  }

  get normalLimit(): bigint {
    return BigInt.asUintN(64, Atomics.load(this.wide, NORMAL));
  }

  /** The loop has turned: Node has reaped what was dead of its own. */
  loopTurns(): void {
    Atomics.add(this.counters, TURNS, 1);
  }

  /* ---- whoever reaps ---- */

  has(pid: number): boolean {
    return this.indexOf(pid) !== undefined;
  }

  get spawnsBegun(): number {
    return Atomics.load(this.counters, BEGUN);
  }

  get spawnsEnded(): number {
    return Atomics.load(this.counters, ENDED);
  }

  /** How often {@link loopTurns} has been called. */
  get turns(): number {
    return Atomics.load(this.counters, TURNS);
  }

  /** The tag of the synchronous call under way. */
  get call(): bigint | undefined {
    const tag = Atomics.load(this.wide, CALL);
    return tag === NO_CALL ? undefined : tag;
  }

  /** More children at once than there is room for: no longer known who is Node's own. */
  get isLost(): boolean {
    return Atomics.load(this.counters, LOST) !== 0;
  }

  private add(pid: number): void {
    let at = home(pid);
    for (let steps = 0; steps < SLOTS; steps++, at = next(at)) {
      if (this.slots[at] > 0) continue;
      Atomics.store(this.slots, at, pid);
      return;
    }
    Atomics.store(this.counters, LOST, 1);
  }

  private indexOf(pid: number): number | undefined {
    let at = home(pid);
    for (let steps = 0; steps < SLOTS; steps++, at = next(at)) {
      const found = Atomics.load(this.slots, at);
      if (found === pid) return at;
      if (found === EMPTY) return undefined;
    }
    return undefined;
  }
}

function home(pid: number): number {
  return pid & (SLOTS - 1);
}

function next(at: number): number {
  return (at + 1) & (SLOTS - 1);
}

function previous(at: number): number {
  return (at - 1) & (SLOTS - 1);
}
