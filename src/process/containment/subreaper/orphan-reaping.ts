import { type NativeObstacle, nativeInCharge } from '../../native/addon';
import { hardLockLimit, UNLIMITED_LOCKS } from '../../native/lock-limit';
import type { WorkerMark } from '../../marker';
import { listsChildren } from '../../table/procfs-family';
import { OrphanAdoption } from './orphan-adoption';
import { receivesOrphans } from './receives-orphans';
import { NO_ATTEMPT, AttemptTags } from './tags';

const REAP_MS = 200;

/** Reaps at an interval until stopped; if a turn fails, for instance for lack of descriptors, the next one catches up. */
class OrphanReaping {
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly adoption: OrphanAdoption) {
    this.timer = setInterval(() => this.turn(), REAP_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private turn(): void {
    try {
      this.adoption.reap();
    } catch {
      return;
    }
  }
}

/**
 * Reaps the orphans that are reparented to this process until stopped, at any level, even while the main loop is blocked.
 * What Node starts carries a number that its own children inherit: a child of ours that carries it and is not Node's is an
 * orphan.
 *
 * @returns undefined if no orphans are reparented to this process
 */
export function reapOrphans(mark: WorkerMark): { stop(): void } | NativeObstacle | undefined {
  if (!receivesOrphans()) return undefined;
  const native = nativeInCharge();
  if ('obstacle' in native) return native;
  if (!listsChildren()) return { obstacle: 'the kernel does not list the children of a thread', remedy: '' };
  const tags = new AttemptTags(mark);
  // With a lower limit no child is known to be an orphan, and only children that have been dead for long are reaped.
  if (hardLockLimit() === UNLIMITED_LOCKS) native.standingTag(tags.format(NO_ATTEMPT));
  return new OrphanReaping(new OrphanAdoption(tags));
}
