import type { WorkerOptions, WorkerPlugin } from '@temporalio/worker';
import { type WorkerLocation, formatIdentity, parseIdentity } from '../contract/task-queues';

/** Runs as a Worker's last plugin: appends the location to whatever identity the other plugins have set. */
class LastIdentity implements WorkerPlugin {
  readonly name = 'temporal-reaper.identity';

  constructor(private readonly location: WorkerLocation) {}

  configureWorker(options: WorkerOptions): WorkerOptions {
    const identity = formatIdentity(options.identity, this.location);
    return identity === options.identity ? options : { ...options, identity };
  }
}

/** Adds the plugin during Worker.create, which iterates over the same list and so reaches additions. */
export function locateLast({ plugins }: WorkerOptions, location: WorkerLocation): void {
  if (!plugins || Object.isFrozen(plugins) || plugins.at(-1) instanceof LastIdentity) return;
  plugins.push(new LastIdentity(location));
}

/** A warning for the user when the identity does not reveal the worker's location; undefined when it does. */
export function identityWarning(identity: string, location: WorkerLocation): string | undefined {
  const found = parseIdentity(identity);
  if (found?.hostId === location.hostId && found.workerPid === location.workerPid) return undefined;
  return (
    `The Worker's identity "${identity}" does not end with "${formatIdentity(undefined, location)}": workflows do not find ` +
    'its processes, and a cancel kills nothing before the activity learns of it. The plugin that sets it must append to options.identity'
  );
}
