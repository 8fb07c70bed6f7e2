const CLOSINGS = 0;
const INSIDE = 1;
const STATE = 2;
const CELLS = 3;

const OPEN = 0;
const CLOSED = 1;
const SHUT = 2;

/**
 * Lets an attempt start processes until it is killed, and again for its cleanup. In shared memory, because the reaper thread
 * closes it while the main loop may be blocked. Both sides write before they read, so either the spawn sees the closed
 * door, or the closer sees the spawn in progress.
 */
export class SpawnDoor {
  private readonly cells: Int32Array<SharedArrayBuffer>;

  constructor(readonly memory: SharedArrayBuffer = new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT)) {
    this.cells = new Int32Array(memory);
  }

  /** Begins a spawn; returns false, with nothing begun, when the door is closed. */
  enter(): boolean {
    Atomics.add(this.cells, INSIDE, 1);
    if (!this.closed) return true;
    this.leave();
    return false;
  }

  /** Ends a spawn. */
  leave(): void {
    Atomics.sub(this.cells, INSIDE, 1);
  }

  /** A kill begins. Called once for each kill of the attempt. */
  close(): void {
    Atomics.compareExchange(this.cells, STATE, OPEN, CLOSED);
    Atomics.add(this.cells, CLOSINGS, 1);
  }

  /** The kill is over: the attempt may clean up. A shut door stays shut. */
  reopen(): void {
    Atomics.compareExchange(this.cells, STATE, CLOSED, OPEN);
    Atomics.notify(this.cells, STATE);
  }

  /** Closes it for good. */
  shut(): void {
    Atomics.store(this.cells, STATE, SHUT);
    Atomics.notify(this.cells, STATE);
  }

  /** Blocks this thread until a kill in progress is over, for at most `ms`. */
  waitForKill(ms: number): void {
    Atomics.wait(this.cells, STATE, CLOSED, ms);
  }

  /** The number of kills that have closed it. */
  get closings(): number {
    return Atomics.load(this.cells, CLOSINGS);
  }

  get closed(): boolean {
    return Atomics.load(this.cells, STATE) !== OPEN;
  }

  /** Whether it is closed for good. */
  get isShut(): boolean {
    return Atomics.load(this.cells, STATE) === SHUT;
  }

  /** Whether a spawn is in progress. */
  get inUse(): boolean {
    return Atomics.load(this.cells, INSIDE) > 0;
  }
}
