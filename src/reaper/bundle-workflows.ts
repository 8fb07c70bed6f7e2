import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/**
 * Bundles the cancellation workflows on a thread of its own: with it goes what a bundler leaves in memory, which is more
 * than all the rest of the reaper.
 *
 * @throws what the bundler throws; AbortError
 */
export async function bundleWorkflows(signal: AbortSignal): Promise<{ code: string }> {
  const thread = new Worker(require.resolve('./bundle-thread'), { name: 'temporal-reaper-bundler' });
  thread.unref();
  try {
    const [code] = (await once(thread, 'message', { signal })) as [string];
    return { code };
  } finally {
    await thread.terminate();
  }
}
