import type { NativeConnection } from '@temporalio/worker';
import type { ResolvedOptions } from './options';
import { conflictOnConnection, conflictInProcess, isContrary, sameOptions } from './plugin-conflicts';
import { WorkerReaper } from './worker-reaper';

/** Reapers by connection, then by namespace. */
const reapers = new WeakMap<object, Map<string, WorkerReaper>>();
/** Stands for the connections that Workers make themselves, which all go to the default address. */
const DEFAULT_CONNECTION = {};

/**
 * Returns the process's reaper for a namespace on a connection, and creates it if needed.
 *
 * @param connection undefined: the Worker makes its own
 * @throws ReaperError `PLUGIN_CONFLICT` when the reaper exists with other options
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
  if (known && !known.isOver) throw conflictOnConnection(namespace);
  if (isContrary(options)) throw conflictInProcess();
  const reaper = new WorkerReaper(namespace, options);
  byNamespace.set(namespace, reaper);
  return reaper;
}
