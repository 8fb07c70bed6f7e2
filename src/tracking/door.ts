const CLOSINGS = 0;
const INSIDE = 1;
const STATE = 2;
const CELLS = 3;

const OPEN = 0;
const CLOSED = 1;
const SHUT = 2;

/**
 * Lets an attempt start processes until it is being killed, and again for its cleanup. Shared memory, because the
 * reaper's thread closes it while the main loop may be blocked. Both sides write before they read, so either the spawn
 * sees the closed door, or the closer sees the spawn under way.
 */
export class Door {
  private readonly cells: Int32Array<SharedArrayBuffer>;

  constructor(readonly memory: SharedArrayBuffer = new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT)) {
    this.cells = new Int32Array(memory);
  }

  /** Begins a spawn; false, and nothing begun, when the door is closed. */
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

  /** A kill begins. Once for each kill of the attempt. */
  close(): void {
    Atomics.compareExchange(this.cells, STATE, OPEN, CLOSED);
    Atomics.add(this.cells, CLOSINGS, 1);
  }

  /** The kill is over: the attempt may clean up. A door that is shut stays so. */
  reopen(): void {
    Atomics.compareExchange(this.cells, STATE, CLOSED, OPEN);
    Atomics.notify(this.cells, STATE);
  }

  /** Closes it for good. */
  shut(): void {
    Atomics.store(this.cells, STATE, SHUT);
    Atomics.notify(this.cells, STATE);
  }

  /** Blocks this thread until a kill under way is over, for at most `ms`. */
  waitForKill(ms: number): void {
    Atomics.wait(this.cells, STATE, CLOSED, ms);
  }

  /** How many kills have closed it. */
  get closings(): number {
    return Atomics.load(this.cells, CLOSINGS);
  }

  get closed(): boolean {
    return Atomics.load(this.cells, STATE) !== OPEN;
  }

  /** Whether nothing will open it again. */
  get isShut(): boolean {
    return Atomics.load(this.cells, STATE) === SHUT;
  }

  /** Whether a spawn is under way. */
  get inUse(): boolean {
    return Atomics.load(this.cells, INSIDE) > 0;
  }
}
