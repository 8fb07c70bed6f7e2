import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from '@temporalio/worker';

/** No cancel is waited for longer than this, in ms. */
const WAIT_MS = 2_000;
const LOOK_EVERY_MS = 10;
/** The SDK hears of a cancel in the reply to a heartbeat, which has just been sent. In ms. */
const REPLY_MS = 100;

/**
 * Lets a cancel that is on its way arrive before the Worker shuts down. To kill first takes the run one workflow task more
 * than a plain cancel, and a Worker that shuts down takes no more: its activities would hear of it only when the grace of
 * the shutdown is over. Where nothing is being cancelled, nothing changes; a second call shuts down at once.
 */
export function shutDownAfterCancels(worker: Worker, isCancelling: () => boolean, onShutdown: () => void): void {
  const shutDown = (): void => {
    onShutdown();
    shutDownNow();
  };
  const shutDownNow = worker.shutdown.bind(worker);
  let isWaiting = false;
  worker.shutdown = () => {
    if (isWaiting || !isCancelling()) return shutDown();
    isWaiting = true;
    void untilCancelled(isCancelling).then(() => {
      if (worker.getState() === 'RUNNING') shutDown();
    });
  };
}

async function untilCancelled(isCancelling: () => boolean): Promise<void> {
  const end = Date.now() + WAIT_MS;
  while (isCancelling() && Date.now() < end) await sleep(LOOK_EVERY_MS);
  await sleep(REPLY_MS);
}
