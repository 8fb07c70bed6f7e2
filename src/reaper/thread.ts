import { exit } from 'node:process';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { ReaperError } from '../contract/errors';
import { openForWorker } from '../process/containment/ladder';
import { EarlyLines } from './early-lines';
import { ReaperProcess } from './reaper-process';
import type { FromThread, ThreadData, ToThread } from './thread-protocol';

/**
 * Entry of the reaper thread: here kills run also while the main loop is blocked. The level first, since activities wait
 * for it, and the guardian; the SDK, which takes longer to load than all else, after them.
 */
async function main(port: NonNullable<typeof parentPort>, { config }: ThreadData): Promise<void> {
  const post = (message: FromThread): void => port.postMessage(message);
  const containment = await openForWorker(config.containment, config.mark, config.ownChildren);
  const early = new EarlyLines();
  const process = new ReaperProcess(
    config,
    containment,
    {
      log: early.add,
      // Of no reaper in particular.
      guardianStarted: (...args) => post({ type: 'notice', notice: { name: 'guardianStarted', args }, reaper: 0 }),
    },
    false,
  );
  post({ type: 'ready', level: containment.level, encloserData: containment.encloserData });

  const first = receiveMessageOnPort(port)?.message as ToThread | undefined;
  if (first?.type === 'stop') {
    process.stopUnused();
    return port.close();
  }
  const { ServedReapers } = await import('./served-reapers.js');
  post({ type: 'loaded' });
  const reapers = new ServedReapers(config, process, early, post);
  const take = (message: ToThread): void => {
    if (message.type !== 'stop') return reapers.take(message);
    reapers.stop().then(
      () => port.close(),
      () => exit(1), // of this thread only
    );
  };
  if (first) take(first);
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
