import type { ReaperLog } from '../tracking/reaper-protocol';
import type { Containment } from '../process/containment/level';
import type { NativeObstacle } from '../process/native/addon';
import type { ReaperConfig } from './config';

/** Logs at the start how processes are found; warns if `auto` has fallen back to the lowest level. */
export function logLevel(
  log: ReaperLog,
  { level, reason, slowdown: starts }: Containment,
  wanted: ReaperConfig['containment'],
): void {
  if (level === 'basic' && wanted === 'auto') {
    log('WARN', 'Containment level "basic": daemons and processes that left their group survive a kill', { reason });
    return;
  }
  const attributes = { ...(reason && { reason }), ...(starts && { starts }) };
  log('INFO', `Containment level "${level}"`, Object.keys(attributes).length > 0 ? attributes : undefined);
}

/** Tells the user what to do when this process inherits orphans that it cannot reap. */
export function logZombies(log: ReaperLog, { obstacle: reason, remedy }: NativeObstacle): void {
  log('WARN', 'This process is PID 1, and orphans stay zombies: start the container with an init', {
    reason,
    ...(remedy && { remedy }),
  });
}
