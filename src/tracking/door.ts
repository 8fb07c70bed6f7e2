const CLOSED = 0;
const INSIDE = 1;

/**
 * Lets an attempt start processes until it is being killed. Shared memory, because the reaper's thread closes it while
 * the main loop may be blocked. Both sides write before they read, so either the spawn sees the closed door, or the
 * closer sees the spawn under way.
 */
export class Door {
  private readonly cells: Int32Array<SharedArrayBuffer>;

  constructor(readonly memory: SharedArrayBuffer = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
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

  /** Once for each kill of the attempt: one that found nothing may be followed by another. */
  close(): void {
    Atomics.add(this.cells, CLOSED, 1);
  }

  /** How many kills have closed it. */
  get closings(): number {
    return Atomics.load(this.cells, CLOSED);
  }

  get closed(): boolean {
    return this.closings > 0;
  }

  /** Whether a spawn is under way. */
  get inUse(): boolean {
    return Atomics.load(this.cells, INSIDE) > 0;
  }
}
