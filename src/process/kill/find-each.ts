import type { ProcessInfo } from '../../contract/process-ref';
import type { Containment } from '../containment/level';
import { MarkedLook } from '../table/marked-look';
import { hasFamily, lookAtFamilies } from '../table/near-look';
import { isDead } from '../table/process-snapshot';
import type { SharedLook } from '../table/shared-look';
import { KillRecord } from './kill-record';
import type { KillTarget } from './kill-target';
import { protectionFrom } from './protect';

/**
 * The living processes of each target, by one look for all of them. Where the kernel keeps track of what the targets have
 * started, the look reaches no further: what has left its enclosure may be missing, which is good enough to measure.
 */
export async function findEach(
  containment: Containment,
  looks: SharedLook,
  targets: readonly KillTarget[],
): Promise<ProcessInfo[][]> {
  const marked = nearLook(containment, targets) ?? (await looks.take());
  const protection = protectionFrom(marked.look);
  const found: ProcessInfo[][] = [];
  for (const target of targets) {
    const processes = await containment.find(marked, target, new KillRecord(), protection);
    found.push(processes.filter((process) => !isDead(process)));
  }
  return found;
}

/** Undefined if only a look at all processes can tell. */
function nearLook(containment: Containment, targets: readonly KillTarget[]): MarkedLook | undefined {
  const { table } = containment;
  if (!hasFamily(table)) return undefined;
  const tops = new Set<number>();
  for (const target of targets) {
    const near = containment.searchRoots?.(target);
    if (!near) return undefined;
    for (const pid of near.pids) tops.add(pid);
    for (const { pid } of target.roots()) tops.add(pid);
  }
  return new MarkedLook(lookAtFamilies(table, tops), table);
}
