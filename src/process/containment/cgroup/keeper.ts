import type { EnclosureRef } from '../enclosure';
import type { EnclosureKeeper } from '../level';
import { isPopulated, removeCgroup, removeIfEmpty } from './directory';
import { isAttemptOf } from './find-directories';

/** Time between two tries to remove the cgroups of closed attempts that still had processes, in ms. */
const RETRY_MS = 5_000;

/** Keeps the cgroups of a worker's attempts as long as there are processes in them. */
export class CgroupKeeper implements EnclosureKeeper {
  private readonly left = new Set<string>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly directory: string) {
    this.timer = setInterval(() => this.removeLeft(), RETRY_MS).unref();
  }

  closed({ cgroup }: EnclosureRef): void {
    if (cgroup === undefined || !isAttemptOf(this.directory, cgroup)) return;
    this.left.add(cgroup);
    this.removeLeft();
  }

  stop(): void {
    clearInterval(this.timer);
    this.removeLeft();
    // Keep what is below: the process may have another reaper, for another namespace.
    removeIfEmpty(this.directory);
  }

  private removeLeft(): void {
    for (const cgroup of this.left) {
      // A process in it may have made empty sub-cgroups for its own use.
      if (!isPopulated(cgroup) && removeCgroup(cgroup)) this.left.delete(cgroup);
    }
  }
}
