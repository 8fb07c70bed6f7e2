import type { WorkerOptions, WorkerPlugin } from '@temporalio/worker';
import { type WorkerLocation, formatIdentity, parseIdentity } from '../contract/task-queues';

/** The last of a Worker's plugins: whatever identity the others have set, the location ends it. */
class LastIdentity implements WorkerPlugin {
  readonly name = 'temporal-reaper.identity';

  constructor(private readonly location: WorkerLocation) {}

  configureWorker(options: WorkerOptions): WorkerOptions {
    const identity = formatIdentity(options.identity, this.location);
    return identity === options.identity ? options : { ...options, identity };
  }
}

/** Worker.create walks its own list of plugins while they are at work, and comes to what is added. */
export function locateLast({ plugins }: WorkerOptions, location: WorkerLocation): void {
  if (!plugins || Object.isFrozen(plugins) || plugins.at(-1) instanceof LastIdentity) return;
  plugins.push(new LastIdentity(location));
}

/** What to tell the user of an identity in which nobody finds the worker; undefined when all is well. */
export function identityWarning(identity: string, location: WorkerLocation): string | undefined {
  const found = parseIdentity(identity);
  if (found?.hostId === location.hostId && found.workerPid === location.workerPid) return undefined;
  return (
    `The Worker's identity "${identity}" does not end with "${formatIdentity(undefined, location)}": workflows do not find ` +
    'its processes, and a cancel kills nothing before the activity hears of it. Let the plugin that sets it append to options.identity'
  );
}
