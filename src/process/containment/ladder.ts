import type { ContainmentLevel } from '../../contract/kill-report';
import type { WorkerMark } from '../marker';
import { systemTable } from '../system-table';
import { CgroupContainment, openCgroup } from './cgroup';
import { ownCgroup } from './cgroup/own-cgroup';
import { assertLevel, openContainment, unavailable } from './containment';
import type { Containment } from './level';
import { openSubreaper } from './subreaper';

/** What trying out a level came to. */
export type Probed = Containment | { obstacle: string; remedy: string };

function isOpen(probed: Probed): probed is Containment {
  return 'level' in probed;
}

/**
 * Opens a level for a worker, whose attempts start enclosed: besides `scan` and `basic` also `cgroup` and `subreaper`,
 * which are tried out on a process of their own (some tens of ms). `auto` is the highest that works here; its `reason`
 * says why it is no higher one.
 *
 * @param ownChildren memory of the spawning thread's list of the children that Node waits for; of ours by default
 * @throws ReaperError `CONTAINMENT_UNAVAILABLE` when the level that was asked for is impossible here; never a lower one instead
 * @throws ReaperError `OPTION_INVALID` when it is no level
 */
export async function openForWorker(
  level: 'auto' | ContainmentLevel,
  mark: WorkerMark,
  ownChildren?: SharedArrayBuffer,
): Promise<Containment> {
  assertLevel(level);
  if (level === 'scan' || level === 'basic') return openContainment(level);
  const lower = openContainment('auto');
  const obstacles: string[] = [];
  const remedies: string[] = [];
  // Both build on `scan`.
  for (const each of lower.level === 'scan' ? (['cgroup', 'subreaper'] as const) : []) {
    if (level !== 'auto' && level !== each) continue;
    const table = systemTable();
    const probed =
      each === 'cgroup'
        ? await openCgroup(table, mark)
        : await openSubreaper(table, mark, level === 'auto' ? obstacles.join('; ') : 'asked for', ownChildren);
    if (isOpen(probed)) return probed;
    if (level !== 'auto') throw unavailable(each, probed.obstacle, probed.remedy);
    obstacles.push(`${each}: ${probed.obstacle}`);
    if (probed.remedy) remedies.push(`for ${each}: ${probed.remedy}`);
  }
  if (level !== 'auto') throw unavailable(level, lower.reason);
  return obstacles.length > 0 ? openContainment('auto', obstacles.join('; '), remedies.join('; ')) : lower;
}

/**
 * Opens what cleans up after workers that are gone: `scan` that also sees the enclosures they have left, or `basic`.
 *
 * @throws ReaperError `CONTAINMENT_UNAVAILABLE` when `scan` was asked for and is impossible here
 */
export function openForOrphans(level: 'auto' | 'scan'): Containment {
  const opened = openContainment(level);
  const own = opened.level === 'scan' ? ownCgroup() : { obstacle: opened.reason };
  return 'obstacle' in own ? opened : new CgroupContainment(opened.table, own);
}
