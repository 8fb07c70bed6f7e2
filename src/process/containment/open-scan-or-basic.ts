import { ReaperError } from '../../contract/errors';
import { CONTAINMENT_LEVELS, type ContainmentLevel } from '../../contract/kill-report';
import { readProcFile } from '../table/proc-file';
import { systemTable } from '../table/system-table';
import { BasicContainment } from './basic';
import type { Containment } from './level';
import { RootsOnlyContainment } from './roots-only';
import { ScanContainment } from './scan';

export type { Containment, KillMemory } from './level';

/** Why `scan` is impossible here; empty when it is possible. */
function scanObstacle(): string {
  if (process.platform !== 'linux') return `${process.platform} has no /proc`;
  if (systemTable().kind !== 'procfs') return '/proc is not mounted, or does not list this process';
  if (readProcFile('/proc/self/environ') === undefined) return '/proc/self/environ cannot be read';
  return '';
}

const USE_AUTO = 'Use "auto", which takes the highest level that works here.';

/** The error for a level that was requested and is impossible here. */
export function levelUnavailable(level: ContainmentLevel, why: string, remedy = ''): ReaperError {
  const advice = remedy ? `${remedy}, or use "auto"` : USE_AUTO.slice(0, -1);
  return new ReaperError('CONTAINMENT_UNAVAILABLE', `Containment level "${level}" is unavailable: ${why}. ${advice}.`);
}

/** @throws ReaperError `OPTION_INVALID` when it is not a level */
export function assertLevel(level: 'auto' | ContainmentLevel): void {
  if (level === 'auto' || CONTAINMENT_LEVELS.includes(level)) return;
  const levels = ['auto', ...CONTAINMENT_LEVELS].join(', ');
  throw new ReaperError('OPTION_INVALID', `containment is ${JSON.stringify(level)}: one of ${levels}`);
}

/**
 * Opens a level that finds processes however they were started: `scan` or `basic`. `auto` takes the higher one that works
 * here. For the levels that start attempts in an enclosure, see `openForWorker`.
 *
 * @param reason why there is no higher level
 * @param remedy what would make a higher level possible
 * @throws ReaperError `CONTAINMENT_UNAVAILABLE` when the requested level is impossible here; never falls back to a lower one
 * @throws ReaperError `OPTION_INVALID` when it is not a level
 */
export function openContainment(level: 'auto' | ContainmentLevel, reason?: string, remedy?: string): Containment {
  assertLevel(level);
  if (level === 'cgroup' || level === 'subreaper') {
    throw levelUnavailable(level, 'only a worker with ReaperPlugin can start attempts in an enclosure');
  }
  const table = systemTable();
  if (table.kind === 'none' && level !== 'scan') return new RootsOnlyContainment(table);
  const obstacle = scanObstacle();
  if (level === 'scan' && obstacle) throw levelUnavailable(level, obstacle, 'Mount /proc');
  if (level === 'basic') return new BasicContainment(table, obstacle || 'asked for');
  return obstacle ? new BasicContainment(table, obstacle) : new ScanContainment(table, reason, remedy);
}
