/** An attempt that ends sooner and has started no process is never reported to the reaper, in ms. */
const LATE_MS = 50;

/** Tells the reaper about an attempt once: at its first process, at its kill, or when it has run for a moment. */
export class LateOpening {
  /** Whether the reaper knows of the attempt. */
  isOpen = false;
  private isOver = false;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly open: () => void) {
    this.timer = setTimeout(() => this.now(), LATE_MS);
    this.timer.unref();
  }

  now(): void {
    if (this.isOpen || this.isOver) return;
    this.isOpen = true;
    clearTimeout(this.timer);
    this.open();
  }

  /** From now on the reaper is told nothing. */
  cancel(): void {
    this.isOver = true;
    clearTimeout(this.timer);
  }
}
