import type { ProcessInfo } from '../../contract/process-ref';
import type { KillTarget } from '../kill/kill-target';
import type { ProcessTable } from '../table/process-table';
import { treeOf } from '../table/process-tree';
import type { KillProtection } from '../kill/protect';
import type { MarkedLook } from '../table/marked-look';
import type { Containment, KillMemory } from './level';
import { ledGroups } from './led-groups';

/**
 * Any POSIX system: finds direct children, their process groups and their current descendants. Misses, in addition to what
 * `scan` misses, processes that left the group and whose parent has exited, for instance any daemon.
 */
export class BasicContainment implements Containment {
  readonly level = 'basic';
  readonly proof = 'none';

  constructor(
    readonly table: ProcessTable,
    readonly reason: string,
  ) {}

  async find(
    { look }: MarkedLook,
    target: KillTarget,
    known: KillMemory,
    protection: KillProtection,
  ): Promise<ProcessInfo[]> {
    const members = [...target.roots(), ...known.members()];
    const led = ledGroups(target, known);
    return treeOf(look, { members, led, sinceTicks: target.sinceTicks, sessions: false }, protection);
  }
}
