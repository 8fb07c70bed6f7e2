import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { ReaperError } from '../contract/errors';
import { closeUnused } from '../process/containment/close-unused';
import { openForWorker } from '../process/containment/ladder';
import type { FromThread, ThreadData, ToThread } from './thread-protocol';

/**
 * Entry of the reaper thread: here kills run also while the main loop is blocked. The level first, since activities wait
 * for it; the SDK, which takes longer to load than all else, after it.
 */
async function main(port: NonNullable<typeof parentPort>, { config }: ThreadData): Promise<void> {
  const post = (message: FromThread): void => port.postMessage(message);
  const containment = await openForWorker(config.containment, config.mark, config.ownChildren);
  post({ type: 'ready', level: containment.level, encloserData: containment.encloserData });

  const early = receiveMessageOnPort(port)?.message as ToThread | undefined;
  if (early?.type === 'stop') {
    closeUnused(containment);
    return port.close();
  }
  const { ServedReapers } = await import('./served-reapers.js');
  post({ type: 'loaded' });
  const reapers = new ServedReapers(config, containment, post);
  const take = (message: ToThread): void => {
    if (message.type !== 'stop') return reapers.take(message);
    reapers.stop().then(
      () => port.close(),
      () => process.exit(1), // of this thread only
    );
  };
  if (early) take(early);
  port.on('message', take);
}

if (parentPort) {
  const port = parentPort;
  main(port, workerData as ThreadData).catch((error: unknown) => {
    const code = error instanceof ReaperError ? error.code : undefined;
    port.postMessage({ type: 'failed', code, message: (error as Error).message } satisfies FromThread);
    port.close();
  });
}
