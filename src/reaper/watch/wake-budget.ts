import { monotonicMs } from '../../process/clock';

const BURST = 10;
const PER_SECOND = 0.2;

/** Limits how often a run may wake its watcher: a busy run would do so with each of its events. */
export class WakeBudget {
  private left = BURST;
  private at = monotonicMs();

  get hasSome(): boolean {
    this.refill();
    return this.left >= 1;
  }

  spend(): void {
    this.refill();
    this.left = Math.max(0, this.left - 1);
  }

  private refill(): void {
    const now = monotonicMs();
    this.left = Math.min(BURST, this.left + ((now - this.at) / 1_000) * PER_SECOND);
    this.at = now;
  }
}
