/** Numbers from 1 on; when they are used up, again those that nobody has any more. */
export class NumberRing {
  private last = 0;
  private taken = new Set<number>();

  /** @param taken the numbers that still mean something; asked once in a round */
  constructor(
    private readonly size: number,
    private readonly findTaken: () => Set<number>,
  ) {}

  next(): number {
    // Bounded: with all of them taken, one that is has to do.
    for (let tries = 0; tries < this.size; tries++) {
      this.last += 1;
      if (this.last >= this.size) {
        this.last = 1;
        this.taken = this.findTaken();
      }
      if (!this.taken.has(this.last)) break;
    }
    return this.last;
  }
}
