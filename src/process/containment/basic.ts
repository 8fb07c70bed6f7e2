import type { ProcessInfo } from '../../contract/process-ref';
import type { KillTarget } from '../kill-target';
import type { ProcessTable } from '../process-table';
import { treeOf } from '../process-tree';
import type { Protection } from '../protect';
import type { MarkedLook } from '../shared-look';
import type { Containment, Known } from './level';
import { ledGroups } from './led-groups';

/**
 * Any POSIX system: direct children, their groups and what descends from them now. Left over besides what `scan` leaves:
 * whoever left the group and whose parent has exited, for instance any daemon.
 */
export class BasicContainment implements Containment {
  readonly level = 'basic';
  readonly proof = 'none';

  constructor(
    readonly table: ProcessTable,
    readonly reason: string,
  ) {}

  async find({ look }: MarkedLook, target: KillTarget, known: Known, protection: Protection): Promise<ProcessInfo[]> {
    const members = [...target.roots(), ...known.members()];
    const led = ledGroups(target, known);
    return treeOf(look, { members, led, sinceTicks: target.sinceTicks, sessions: false }, protection);
  }
}
