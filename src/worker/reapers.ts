import type { NativeConnection } from '@temporalio/worker';
import { ReaperError } from '../contract/errors';
import type { ResolvedOptions } from './options';
import { WorkerReaper, isContrary } from './worker-reaper';

/** By connection, then by namespace. */
const reapers = new WeakMap<object, Map<string, WorkerReaper>>();
/** Stands for the connections that Workers make for themselves, all to the default address. */
const DEFAULT_CONNECTION = {};

/** Two plugins that want different things of one reaper. */
export function otherOptions(namespace: string): ReaperError {
  return new ReaperError(
    'PLUGIN_CONFLICT',
    `This connection has a ReaperPlugin with other options for namespace "${namespace}": share one plugin object, or give both the same options`,
  );
}

function contraryOptions(): ReaperError {
  return new ReaperError(
    'PLUGIN_CONFLICT',
    'A Worker of this process runs with another hostId, containment or guardian: those count for the whole process',
  );
}

/**
 * The process's reaper for a namespace on a connection.
 *
 * @param connection undefined: the Worker makes its own
 * @throws ReaperError `PLUGIN_CONFLICT` when it exists with other options
 */
export function reaperOf(
  connection: NativeConnection | undefined,
  namespace: string,
  options: ResolvedOptions,
): WorkerReaper {
  const key = connection ?? DEFAULT_CONNECTION;
  let byNamespace = reapers.get(key);
  if (!byNamespace) reapers.set(key, (byNamespace = new Map<string, WorkerReaper>()));
  const known = byNamespace.get(namespace);
  if (known && sameOptions(known.options, options)) return known;
  if (known && !known.isOver) throw otherOptions(namespace);
  if (isContrary(options)) throw contraryOptions();
  const reaper = new WorkerReaper(namespace, options);
  byNamespace.set(namespace, reaper);
  return reaper;
}

function sameOptions(a: ResolvedOptions, b: ResolvedOptions): boolean {
  const plain = ({ escalations, ...rest }: ResolvedOptions): string => JSON.stringify([rest, [...escalations].sort()]);
  // JSON leaves functions out: two of them are the same only when they are one.
  const areFunctions = typeof a.neverTrack === 'function' || typeof b.neverTrack === 'function';
  return plain(a) === plain(b) && (!areFunctions || a.neverTrack === b.neverTrack);
}
