import { join } from 'node:path';
import { isPopulated, remove, subCgroups, wasEntered } from './directory';
import { isEntryName } from './names';

/** Longest time in which entries that are over are left, in ms: many end at once. */
const TIDY_MS = 200;

/**
 * Which of the entries of an attempt's cgroup, one for each of its spawns, were seen to be entered. Never assumed: a
 * refused move leaves an empty cgroup, which would pass for one whose processes are dead.
 */
export class VerifiedEntries {
  /** Spawns that the reaper was told of. */
  private spawns = 0;
  /** Entered, over, and removed. */
  private removed = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly directory: string) {}

  started(): void {
    this.spawns++;
  }

  /** Looks again soon. */
  tidySoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.tidy();
    }, TIDY_MS).unref();
  }

  /** Removes entries that were entered and are empty; counts those that nobody was seen to enter. */
  private tidy(): { entered: number; unseen: number } {
    let [entered, unseen] = [0, 0];
    for (const name of subCgroups(this.directory).filter(isEntryName)) {
      const entry = join(this.directory, name);
      if (!wasEntered(entry)) unseen++;
      else if (isPopulated(entry) || !remove(entry)) entered++;
      else this.removed++;
    }
    return { entered, unseen };
  }

  /** Whether there was a spawn, and each was seen to enter. */
  get isWhole(): boolean {
    const { entered, unseen } = this.tidy();
    return unseen === 0 && this.spawns > 0 && entered + this.removed >= this.spawns;
  }

  end(): void {
    clearTimeout(this.timer);
  }
}
