import type { ReaperNotices } from '../tracking/link';
import type { Containment } from '../process/containment/level';
import type { ReaperConfig } from './config';

/** Says at the start how processes are found; a warning where `auto` has come to the lowest level. */
export function logLevel(
  log: ReaperNotices['log'],
  { level, reason }: Containment,
  wanted: ReaperConfig['containment'],
): void {
  if (level === 'basic' && wanted === 'auto') {
    log('WARN', 'Containment level "basic": daemons, and what left its group, survive a kill', { reason });
  } else log('INFO', `Containment level "${level}"`, reason === '' ? undefined : { reason });
}
