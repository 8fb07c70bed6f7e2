import type { ContainmentLevel } from '../../contract/kill-report';
import type { WorkerMark } from '../marker';
import { systemTable } from '../table/system-table';
import { CgroupContainment, openCgroup } from './cgroup/cgroup-level';
import { ownCgroup } from './cgroup/own-cgroup';
import { assertLevel, openContainment, levelUnavailable } from './open-scan-or-basic';
import type { Containment, ProbedLevel } from './level';
import { openSubreaper } from './subreaper/subreaper-level';

function isOpen(probed: ProbedLevel): probed is Containment {
  return 'level' in probed;
}

/**
 * Opens a level for a worker, whose attempts can start enclosed: in addition to `scan` and `basic`, this allows `cgroup` and
 * `subreaper`, which are tested on a real process (some tens of ms). `auto` takes the highest level that works here; its
 * `reason` says why there is no higher one.
 *
 * @throws ReaperError `CONTAINMENT_UNAVAILABLE` when the requested level is impossible here; never falls back to a lower one
 * @throws ReaperError `OPTION_INVALID` when it is not a level
 */
export async function openForWorker(level: 'auto' | ContainmentLevel, mark: WorkerMark): Promise<Containment> {
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
        : await openSubreaper(table, mark, level === 'auto' ? obstacles.join('; ') : 'asked for');
    if (isOpen(probed)) return probed;
    if (level !== 'auto') throw levelUnavailable(each, probed.obstacle, probed.remedy);
    obstacles.push(`${each}: ${probed.obstacle}`);
    if (probed.remedy) remedies.push(`for ${each}: ${probed.remedy}`);
  }
  if (level !== 'auto') throw levelUnavailable(level, lower.reason);
  return obstacles.length > 0 ? openContainment('auto', obstacles.join('; '), remedies.join('; ')) : lower;
}

/**
 * Opens the containment that cleans up after dead workers: `scan` that also sees the enclosures they left, or `basic`.
 *
 * @throws ReaperError `CONTAINMENT_UNAVAILABLE` when `scan` was requested and is impossible here
 */
export function openForOrphans(level: 'auto' | 'scan'): Containment {
  const opened = openContainment(level);
  const own = opened.level === 'scan' ? ownCgroup() : { obstacle: opened.reason };
  return 'obstacle' in own ? opened : new CgroupContainment(opened.table, own);
}
