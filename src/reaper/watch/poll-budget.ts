/** Long polls that a reaper keeps open at most. The server limits them per namespace; users waiting for results need some. */
export const MAX_POLLS = 400;

/**
 * The share of a namespace's long polls that this reaper takes. A refusal by the server halves the share; it grows by one
 * after as many answers as it has polls, so that users who wait for results nearly always find room.
 */
export class PollBudget {
  private limit: number;
  private open = 0;

  /** @param max at least 1 */
  constructor(private readonly max = MAX_POLLS) {
    this.limit = max;
  }

  /**
   * Takes one poll if the budget allows; it counts until {@link giveBack}. Polls for attempts without processes may use at
   * most half of the budget.
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
    this.limit = Math.min(this.max, this.limit + 1 / this.limit);
  }

  refused(): void {
    this.limit = Math.max(1, Math.floor(Math.min(this.limit, this.open) / 2));
  }
}
