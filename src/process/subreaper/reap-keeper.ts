import type { EnclosureKeeper } from '../containment/level';
import type { Adoption } from './adoption';
import { ForgottenZombies } from './forgotten-zombies';

const REAP_MS = 200;

/** Reaps the orphans that have fallen to the worker, for as long as its reaper runs; also while the main loop is blocked. */
export class ReapKeeper implements EnclosureKeeper {
  private readonly timer: NodeJS.Timeout;
  private readonly forgotten: ForgottenZombies;
  private spawnsSeen = 0;

  constructor(private readonly adoption: Adoption) {
    this.forgotten = new ForgottenZombies(adoption);
    this.timer = setInterval(() => this.tidy(), REAP_MS).unref();
  }

  started(): void {
    // Its tag says all.
  }

  exited(): void {
    // Node reaps it.
  }

  closed(): void {
    // Leftovers are reaped when they die.
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private tidy(): void {
    const { adoption } = this;
    try {
      adoption.reap();
      this.forgotten.tidy();
      const { spawnsBegun, call } = adoption.own;
      if (spawnsBegun === this.spawnsSeen && call === undefined) return;
      this.spawnsSeen = spawnsBegun;
      adoption.untagStrangers();
    } catch {
      return; // too many open files, for instance: the next turn does it
    }
  }
}
