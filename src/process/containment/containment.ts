import { ReaperError } from '../../contract/errors';
import { CONTAINMENT_LEVELS, type ContainmentLevel } from '../../contract/kill-report';
import { readProcFile } from '../proc-file';
import { systemTable } from '../system-table';
import { BasicContainment } from './basic';
import type { Containment } from './level';
import { RootsOnlyContainment } from './roots-only';
import { ScanContainment } from './scan';

export type { Containment, Known } from './level';

/** Why `scan` is impossible here; empty when it is possible. */
function scanObstacle(): string {
  if (process.platform !== 'linux') return `${process.platform} has no /proc`;
  if (systemTable().kind !== 'procfs') return '/proc is not mounted, or does not list this process';
  if (readProcFile('/proc/self/environ') === undefined) return '/proc/self/environ cannot be read';
  return '';
}

function unavailable(level: ContainmentLevel, why: string, remedy: string): ReaperError {
  return new ReaperError('CONTAINMENT_UNAVAILABLE', `Containment level "${level}" is unavailable: ${why}. ${remedy}`);
}

/**
 * Opens a containment level; `auto` is the highest one that works here.
 *
 * @throws ReaperError `CONTAINMENT_UNAVAILABLE` when the level that was asked for is impossible here; never a lower one instead
 * @throws ReaperError `OPTION_INVALID` when it is no level
 */
export function openContainment(level: 'auto' | ContainmentLevel): Containment {
  if (level !== 'auto' && !CONTAINMENT_LEVELS.includes(level)) {
    const levels = ['auto', ...CONTAINMENT_LEVELS].join(', ');
    throw new ReaperError('OPTION_INVALID', `containment is ${JSON.stringify(level)}: one of ${levels}`);
  }
  const useAuto = 'Use "auto", which takes the highest level that works here.';
  if (level === 'cgroup' || level === 'subreaper') throw unavailable(level, 'this version does not have it', useAuto);
  const table = systemTable();
  if (table.kind === 'none' && level !== 'scan') return new RootsOnlyContainment(table);
  const obstacle = scanObstacle();
  if (level === 'scan' && obstacle) throw unavailable(level, obstacle, `Mount /proc, or ${useAuto}`);
  if (level === 'basic') return new BasicContainment(table, obstacle || 'asked for');
  return obstacle ? new BasicContainment(table, obstacle) : new ScanContainment(table);
}
