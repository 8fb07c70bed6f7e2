import { ReaperError } from '../contract/errors';
import type { ResolvedOptions } from './options';
import { runningOptions } from './running-reapers';

/** The error for two plugins whose options for one reaper differ. */
export function conflictOnConnection(namespace: string): ReaperError {
  return new ReaperError(
    'PLUGIN_CONFLICT',
    `This connection has a ReaperPlugin with other options for namespace "${namespace}": share one plugin object, or give both the same options`,
  );
}

/** The error for a plugin whose options contradict those of another reaper that runs. */
export function conflictInProcess(): ReaperError {
  return new ReaperError(
    'PLUGIN_CONFLICT',
    'A Worker of this process runs with a different hostId, containment or guardian: these apply to the whole process',
  );
}

/** Whether the options conflict with a reaper running in this process: all share one host id, level and guardian. */
export function isContrary(options: ResolvedOptions): boolean {
  return runningOptions().some((other) =>
    (['hostId', 'containment', 'guardian'] as const).some((name) => other[name] !== options[name]),
  );
}

/** Whether two plugins may share a reaper. */
export function sameOptions(a: ResolvedOptions, b: ResolvedOptions): boolean {
  // The tracer belongs to each Worker.
  const plain = ({ escalations, tracer: _, ...rest }: ResolvedOptions): string =>
    JSON.stringify([rest, [...escalations].sort()]);
  // JSON omits functions; they count as equal only if identical.
  const areFunctions = typeof a.neverTrack === 'function' || typeof b.neverTrack === 'function';
  return plain(a) === plain(b) && (!areFunctions || a.neverTrack === b.neverTrack);
}
