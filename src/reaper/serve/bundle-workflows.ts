import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** The bundle that all reapers of this thread share, finished or in progress. */
interface Shared {
  bundle: Promise<{ code: string }>;
  isMade: boolean;
  /** The number of reapers waiting for it. */
  waiting: number;
  giveUp: AbortController;
}
let shared: Shared | undefined;

/**
 * Bundles the cancellation workflows, once for all reapers of this thread, on a thread of its own: when that thread ends,
 * so does the memory of the bundler, which is more than all the rest of the reaper uses.
 *
 * @param signal ends the wait; when the last waiter gives up, the bundler is stopped
 * @throws whatever the bundler throws; AbortError
 */
export async function bundleWorkflows(signal: AbortSignal): Promise<{ code: string }> {
  signal.throwIfAborted();
  const joined = (shared ??= begin());
  joined.waiting += 1;
  const waiting = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const options = { once: true, signal: waiting.signal };
    signal.addEventListener('abort', () => reject(signal.reason as Error), options);
  });
  try {
    return await Promise.race([joined.bundle, aborted]);
  } finally {
    waiting.abort();
    joined.waiting -= 1;
    if (joined.waiting === 0 && !joined.isMade) giveUp(joined);
  }
}

function begin(): Shared {
  const abort = new AbortController();
  const made: Shared = { bundle: bundle(abort.signal), isMade: false, waiting: 0, giveUp: abort };
  made.bundle.then(
    () => (made.isMade = true),
    () => giveUp(made),
  );
  return made;
}

/** The next caller starts a new bundle. */
function giveUp(bundling: Shared): void {
  if (shared === bundling) shared = undefined;
  bundling.giveUp.abort();
}

async function bundle(signal: AbortSignal): Promise<{ code: string }> {
  const thread = new Worker(require.resolve('./bundle-workflows-thread'), { name: 'temporal-reaper-bundler' });
  thread.unref();
  try {
    const [code] = (await once(thread, 'message', { signal })) as [string];
    return { code };
  } finally {
    await thread.terminate();
  }
}
