import { exit } from 'node:process';
import { parentPort, workerData } from 'node:worker_threads';
import { ReaperError } from '../../contract/errors';
import { openForWorker } from '../../process/containment/ladder';
import { deferred } from '../../tracking/deferred';
import { ThreadLog } from './thread-log';
import { ReaperProcess } from '../reaper-process';
import type { FromThread, ThreadData, ToThread } from './thread-protocol';

type Port = NonNullable<typeof parentPort>;
type Said = Exclude<ToThread, { type: 'ping' }>;

/**
 * Entry point of the reaper thread: here kills run even while the main loop is blocked. It opens the level first, and starts
 * the guardian when a Worker runs, since activities wait for both. Everything else would take processor time from a worker
 * that is starting, so it waits until an activity begins or the worker has started: the kill engine, then the SDK.
 */
async function main(port: Port, { config }: ThreadData): Promise<void> {
  const post = (message: FromThread): void => port.postMessage(message);
  const containment = await openForWorker(config.containment, config.mark);
  const log = new ThreadLog();
  const process = new ReaperProcess(
    config,
    containment,
    {
      log: log.add,
      // Not from any particular reaper.
      notify: (notice) => post({ type: 'notice', notice, reaper: 0 }),
    },
    false,
  );
  // One listener from start to end: without a listener, a message would be lost.
  const said: Said[] = [];
  const heard = deferred<void>();
  const begun = deferred<void>();
  let take = (message: Said): void => {
    said.push(message);
    heard.resolve();
    if (message.type !== 'serve') begun.resolve();
  };
  port.on('message', (message: ToThread) => {
    if (message.type === 'ping') post({ type: 'pong' });
    else take(message);
  });
  post({ type: 'ready', level: containment.level, encloserData: containment.encloserData });

  await heard.promise;
  if (said[0]?.type !== 'stop') {
    process.guard();
    post({ type: 'guarded' });
  }
  await begun.promise;
  if (said.at(-1)?.type === 'stop') {
    process.stop();
    return port.close();
  }
  const { ServedReapers } = await import('./served-reapers.js');
  const reapers = new ServedReapers(config, process, log, post);
  take = (message) => {
    if (message.type === 'begin') return;
    if (message.type !== 'stop') return reapers.take(message);
    reapers.stop().then(
      (isOver) => (isOver ? port.close() : exit(1)), // ends only this thread
      () => exit(1),
    );
  };
  said.forEach(take);
}

if (parentPort) {
  const port = parentPort;
  main(port, workerData as ThreadData).catch((error: unknown) => {
    const code = error instanceof ReaperError ? error.code : undefined;
    port.postMessage({ type: 'failed', code, message: (error as Error).message } satisfies FromThread);
    port.close();
  });
}
