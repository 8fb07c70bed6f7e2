import type { EnclosureRef } from '../enclosure';
import type { EnclosureKeeper } from '../level';
import { remove, removeIfEmpty } from './directory';
import { isAttemptOf } from './find-directories';
import { VerifiedEntries } from './verified-entries';

/** Cgroups of attempts that are over and have left processes are tried again so often, in ms. */
const RETRY_MS = 5_000;

/** Keeps the cgroups of a worker's attempts for as long as something is in them. */
export class CgroupKeeper implements EnclosureKeeper {
  private readonly entries = new Map<string, VerifiedEntries>();
  private readonly left = new Set<string>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly directory: string) {
    this.timer = setInterval(() => this.removeLeft(), RETRY_MS).unref();
  }

  /** What is known of the entries of an attempt's cgroup. */
  entriesOf(cgroup: string): VerifiedEntries {
    const known = this.entries.get(cgroup) ?? new VerifiedEntries(cgroup);
    this.entries.set(cgroup, known);
    return known;
  }

  /** It has yet to move: that it did is seen when it has ended, or is killed. */
  started({ cgroup }: EnclosureRef): void {
    if (cgroup !== undefined && isAttemptOf(this.directory, cgroup)) this.entriesOf(cgroup).started();
  }

  exited({ cgroup }: EnclosureRef): void {
    if (cgroup !== undefined && isAttemptOf(this.directory, cgroup)) this.entriesOf(cgroup).tidySoon();
  }

  closed({ cgroup }: EnclosureRef): void {
    if (cgroup === undefined || !isAttemptOf(this.directory, cgroup)) return;
    this.entries.get(cgroup)?.end();
    this.entries.delete(cgroup);
    if (!remove(cgroup)) this.left.add(cgroup);
  }

  stop(): void {
    clearInterval(this.timer);
    this.removeLeft();
    // Not what is below: the process may have another reaper, for another namespace.
    removeIfEmpty(this.directory);
  }

  private removeLeft(): void {
    for (const cgroup of this.left) if (remove(cgroup)) this.left.delete(cgroup);
  }
}
