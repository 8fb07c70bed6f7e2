/** An attempt that is over by then, and has started no process, has cost the reaper nothing. */
const LATE_MS = 50;

/** Tells the reaper of an attempt at its first process, at its kill, or when it has run for a moment: once. */
export class LateOpening {
  /** Whether the reaper knows of it. */
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

  /** Nothing is told any more. */
  cancel(): void {
    this.isOver = true;
    clearTimeout(this.timer);
  }
}
