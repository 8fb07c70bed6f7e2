/** How many long polls a host keeps open; the server limits them per namespace, and users wait for results with them. */
export const MAX_POLLS = 400;

/**
 * The share of a namespace's long polls that this host takes. A server that refuses some halves it; each that is answered
 * gives one back.
 */
export class PollBudget {
  private limit: number;
  private open = 0;

  /** @param max 1 at least */
  constructor(private readonly max = MAX_POLLS) {
    this.limit = max;
  }

  /**
   * Whether one more may be opened; then it counts until {@link giveBack}. For attempts without processes half of them
   * may be.
   */
  take(hasProcesses: boolean): boolean {
    if (this.open >= (hasProcesses ? this.limit : this.limit / 2)) return false;
    this.open += 1;
    return true;
  }

  giveBack(): void {
    this.open -= 1;
  }

  answered(): void {
    this.limit = Math.min(this.max, this.limit + 1);
  }

  refused(): void {
    this.limit = Math.max(1, Math.floor(Math.min(this.limit, this.open) / 2));
  }
}
