import { isDead } from '../look';
import { reapChild } from '../native/reap';
import { systemTable } from '../system-table';
import type { Adoption } from './adoption';

const LOOK_MS = 5_000;
const FORGOTTEN_MS = 60_000;
/** As often must the main loop have turned meanwhile: then Node does not wait for it. */
const TURNS = 3;

/**
 * A child without a tag may be a native addon's own, which waits for it; or an orphan of one, or of a process that began
 * before tags were given, for which nobody ever will. Who is dead for so long has been forgotten; were they left, they
 * would fill the process table.
 */
export class ForgottenZombies {
  private firstSeen = new Map<string, { at: number; turns: number }>();
  private lookedAt = -Infinity;

  constructor(
    private readonly adoption: Adoption,
    private readonly forgottenMs = FORGOTTEN_MS,
    private readonly lookMs = LOOK_MS,
  ) {}

  /** Looks every few seconds, however often it is called. */
  tidy(): void {
    const now = performance.now();
    if (now - this.lookedAt < this.lookMs) return;
    this.lookedAt = now;
    const { turns } = this.adoption.own;
    const dead: typeof this.firstSeen = new Map();
    for (const pid of this.adoption.untagged()) {
      const child = systemTable().read(pid);
      if (!child || !isDead(child)) continue;
      const key = `${pid}:${child.startTicks}`;
      const first = this.firstSeen.get(key) ?? { at: now, turns };
      if (now - first.at >= this.forgottenMs && turns >= first.turns + TURNS) reapChild(pid);
      else dead.set(key, first);
    }
    this.firstSeen = dead;
  }
}
