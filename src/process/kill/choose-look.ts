import type { Containment } from '../containment/level';
import { ledGroups } from '../containment/led-groups';
import { groupExists } from '../table/liveness';
import type { KillRecord } from './kill-record';
import type { KillTarget } from './kill-target';
import { isDead, type ProcessSnapshot, startedSince } from '../table/process-snapshot';
import { hasFamily, lookAtFamilies } from '../table/near-look';
import { MarkedLook } from '../table/marked-look';
import type { SharedLook } from '../table/shared-look';

/** Most kills are over by then and need only one look at all processes. */
const SOON_MS = 250;

/** For processes known by other means, no environment need be read. */
export const NO_ENVIRONS = { environ: (): undefined => undefined };

/**
 * How far a look reaches: `all` processes; `whole`, everything that may belong to the target but no strangers; `inside`, the
 * target's enclosure, the known processes, and the descendants of both.
 */
export type LookReach = 'all' | 'whole' | 'inside';

/** One look of a kill. */
export interface KillLook {
  marked: MarkedLook;
  reach: LookReach;
}

/**
 * Chooses the look for each round of one kill. If the kernel keeps track of what the target starts, looks reach no further
 * than that, so that they cost the same however many strangers there are. A program that may have left the enclosure is
 * found only by a look at all processes: one such look comes last, and one comes early if something stays alive.
 */
export class KillLooks {
  private mayBeInside = true;
  private mustBeFar = false;
  private hasLookedFar = false;
  private last?: LookReach;

  constructor(
    private readonly containment: Containment,
    private readonly looks: SharedLook,
    private readonly target: KillTarget,
    private readonly record: KillRecord,
  ) {}

  async next(): Promise<KillLook> {
    const near = this.mustBeFar ? undefined : this.near();
    this.mustBeFar = false;
    const look = near ?? {
      marked: await this.looks.take(freshSince(this.target, this.record)),
      reach: 'all' as const,
    };
    this.hasLookedFar ||= look.reach === 'all';
    this.last = look.reach;
    return look;
  }

  /** Makes the next look reach all processes. */
  lookFar(): void {
    this.mustBeFar = true;
  }

  /** Records the outcome of the last look. */
  note(look: ProcessSnapshot, isEmpty: boolean, isForced: boolean): void {
    // "Nothing is left" must be seen twice, one of them in a look at all processes.
    if (isEmpty) this.mayBeInside = this.last !== 'inside';
    else
      this.mayBeInside = !isForced && (this.hasLookedFar || this.record.elapsedMs() < SOON_MS) && this.showsAll(look);
  }

  private near(): KillLook | undefined {
    const { containment, target, record } = this;
    const { table } = containment;
    const near = containment.searchRoots?.(target);
    if (!near || !hasFamily(table) || !(near.isAll || this.mayBeInside)) return undefined;
    const known = [...target.roots(), ...record.alive().map(({ info }) => info)];
    const look = lookAtFamilies(table, [...near.pids, ...known.map(({ pid }) => pid)]);
    return near.isAll
      ? { marked: new MarkedLook(look, table), reach: 'whole' }
      : { marked: new MarkedLook(look, NO_ENVIRONS), reach: 'inside' };
  }

  /** Whether the look shows everything that lives: a group may have members that come and go too fast to be seen. */
  private showsAll(look: ProcessSnapshot): boolean {
    const { target, record } = this;
    if (record.alive().every(({ denied }) => denied)) return false;
    return ![...ledGroups(target, record).keys()].some((pgid) => look.group(pgid).every(isDead) && groupExists(pgid));
  }
}

/** Strangers older than the target need not be read at every look; the target's own processes must be, however old. */
function freshSince(target: KillTarget, record: KillRecord): string {
  let since = target.sinceTicks;
  for (const { startTicks } of [...target.roots(), ...record.members()]) {
    if (startTicks !== '' && startedSince(since, startTicks)) since = startTicks;
  }
  return since;
}
