import type { ProcessInfo } from '../../contract/process-ref';
import { isOwnUser, withCarriers } from '../kill/believed-carriers';
import type { KillTarget } from '../kill/kill-target';
import type { ProcessTable } from '../table/process-table';
import { treeOf } from '../table/process-tree';
import type { KillProtection } from '../kill/protect';
import type { MarkedLook } from '../table/marked-look';
import type { Containment, KillMemory } from './level';
import { ledGroups } from './led-groups';

/**
 * Linux, any user: finds processes by group, session, lineage and marker. Misses a daemon (double fork and own session) that
 * also emptied or overwrote its environment or hides it from us, and a program that forks and exits faster than a look.
 */
export class ScanContainment implements Containment {
  readonly level = 'scan';
  readonly proof = 'scan';

  constructor(
    readonly table: ProcessTable,
    readonly reason = 'processes are found by scanning /proc; the kernel keeps no record of what an attempt started',
    readonly remedy?: string,
  ) {}

  async find(
    marked: MarkedLook,
    target: KillTarget,
    known: KillMemory,
    protection: KillProtection,
  ): Promise<ProcessInfo[]> {
    const { marker, sinceTicks } = target;
    const carriers = marker ? await marked.marked(marker.name, (value) => marker.matches(value), sinceTicks) : [];
    const members = [...target.roots(), ...known.members()];
    const led = ledGroups(target, known);
    const users = new Set([...(target.users?.() ?? []), ...known.users()]);
    return withCarriers(
      marked,
      carriers,
      (uid) => users.has(uid) || isOwnUser(uid),
      sinceTicks,
      (believed) =>
        treeOf(marked.look, { members: [...members, ...believed], led, sinceTicks, sessions: true }, protection),
      (carrier, uid) => known.noteDoubted(carrier, uid),
    );
  }
}
