import { monotonicMs } from '../process/clock';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from '@temporalio/worker';

/** The longest wait for a cancel, in ms. */
const WAIT_MS = 2_000;
const LOOK_EVERY_MS = 10;
/** The SDK learns of a cancel in the reply to the heartbeat that has just been sent; time for that reply, in ms. */
const REPLY_MS = 100;

/**
 * Delays the Worker's shutdown until a cancel in progress has arrived. Killing first costs the run one workflow task more
 * than a plain cancel, and a Worker that is shutting down takes no more tasks: its activities would learn of the cancel
 * only after the shutdown's grace. Without a cancel in progress nothing changes. A second call shuts down at once.
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
  const end = monotonicMs() + WAIT_MS;
  while (isCancelling() && monotonicMs() < end) await sleep(LOOK_EVERY_MS);
  await sleep(REPLY_MS);
}
