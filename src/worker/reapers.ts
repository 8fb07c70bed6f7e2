import { ReaperError } from '../contract/errors';
import type { ResolvedOptions } from './options';
import { WorkerReaper } from './worker-reaper';

const reapers = new Map<string, WorkerReaper>();

/** Two plugins that want different things of one reaper. */
export function otherOptions(namespace: string): ReaperError {
  return new ReaperError(
    'PLUGIN_CONFLICT',
    `This process has a ReaperPlugin with other options for namespace "${namespace}": share one plugin object, or give both the same options`,
  );
}

/**
 * The process's reaper for a namespace.
 *
 * @throws ReaperError `PLUGIN_CONFLICT` when it exists with other options
 */
export function reaperOf(namespace: string, options: ResolvedOptions): WorkerReaper {
  const known = reapers.get(namespace);
  if (known && !known.isOver && !sameOptions(known.options, options)) {
    throw otherOptions(namespace);
  }
  const reaper = known && sameOptions(known.options, options) ? known : new WorkerReaper(namespace, options);
  reapers.set(namespace, reaper);
  return reaper;
}

function sameOptions(a: ResolvedOptions, b: ResolvedOptions): boolean {
  const plain = ({ connection: _, escalations, ...rest }: ResolvedOptions): string =>
    JSON.stringify([rest, [...escalations].sort()]);
  return plain(a) === plain(b);
}
