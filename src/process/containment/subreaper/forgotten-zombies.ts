import { isDead } from '../../table/process-snapshot';
import { reapChild } from '../../native/reap';
import { systemTable } from '../../table/system-table';
import type { OrphanAdoption } from './orphan-adoption';

const LOOK_MS = 5_000;
const FORGOTTEN_MS = 60_000;
/** A zombie must be seen in this many looks: then the event loop has turned, and nobody on it waits for the child. */
const LOOKS = 4;

/**
 * A child that is not known to be an orphan may belong to a native addon, which waits for it; or it may be an orphan that
 * nobody will ever wait for, of a process that began before tags were given or has lost its own. A child that has been dead
 * for long counts as such an orphan: left alone, they would fill the process table. Runs on the main thread.
 */
export class ForgottenZombies {
  private firstSeen = new Map<string, { at: number; looks: number }>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly adoption: OrphanAdoption,
    private readonly forgottenMs = FORGOTTEN_MS,
    lookMs = LOOK_MS,
  ) {
    this.timer = setInterval(() => this.look(), lookMs).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    try {
      this.tidy();
    } catch {
      return; // too many open files, for instance: the next look tries again
    }
  }

  private tidy(): void {
    const now = performance.now();
    const dead: typeof this.firstSeen = new Map();
    for (const pid of this.adoption.untagged()) {
      const child = systemTable().read(pid);
      if (!child || !isDead(child)) continue;
      const key = `${pid}:${child.startTicks}`;
      const { at, looks } = this.firstSeen.get(key) ?? { at: now, looks: 0 };
      if (now - at >= this.forgottenMs && looks >= LOOKS) reapChild(pid);
      else dead.set(key, { at, looks: looks + 1 });
    }
    this.firstSeen = dead;
  }
}
