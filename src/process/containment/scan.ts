import type { ProcessInfo } from '../../contract/process-ref';
import type { KillTarget } from '../kill-target';
import type { ProcessTable } from '../process-table';
import { treeOf } from '../process-tree';
import type { Protection } from '../protect';
import type { MarkedLook } from '../shared-look';
import type { Containment, Known } from './level';
import { ledGroups } from './led-groups';

/**
 * Linux, any user: group, session, lineage and marker. Left over: a daemon (double fork and own session) that also
 * emptied or overwrote its environment, or hides it from us, and a program that forks and exits faster than a look.
 */
export class ScanContainment implements Containment {
  readonly level = 'scan';
  readonly proof = 'scan';

  constructor(
    readonly table: ProcessTable,
    readonly reason = 'the process table is looked at; the kernel itself keeps no record of what an attempt started',
    readonly remedy?: string,
  ) {}

  async find(marked: MarkedLook, target: KillTarget, known: Known, protection: Protection): Promise<ProcessInfo[]> {
    const { marker, sinceTicks } = target;
    const carriers = marker ? await marked.marked(marker.name, (value) => marker.matches(value), sinceTicks) : [];
    const members = [...target.roots(), ...known.members(), ...carriers];
    const led = ledGroups(target, known);
    return treeOf(marked.look, { members, led, sinceTicks, sessions: true }, protection);
  }
}
