import { parentPort, workerData } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { ReaperError } from '../contract/errors';
import { openForWorker } from '../process/containment/ladder';
import type { ReaperNotices } from '../tracking/link';
import { Reaper } from './reaper';
import { SdkWorkers } from './sdk-workers';
import type { FromThread, ThreadData, ToThread } from './thread-protocol';

const RECONNECT_MS = 2_000;

/** Entry of the reaper thread: here kills run also while the main loop is blocked. */
async function main(port: NonNullable<typeof parentPort>, { config, connection: options }: ThreadData): Promise<void> {
  const post = (message: FromThread): void => port.postMessage(message);
  const notify = (notice: (FromThread & { type: 'notice' })['notice']): void => post({ type: 'notice', notice });
  const notices: ReaperNotices = {
    killing: (...args) => notify({ name: 'killing', args }),
    killed: (...args) => notify({ name: 'killed', args }),
    closed: (...args) => notify({ name: 'closed', args }),
    counted: (...args) => notify({ name: 'counted', args }),
    holdEnded: (...args) => notify({ name: 'holdEnded', args }),
    guardianStarted: (...args) => notify({ name: 'guardianStarted', args }),
    log: (...args) => notify({ name: 'log', args }),
  };

  let stopped = false;
  let connection: NativeConnection | undefined;
  let workers: SdkWorkers | undefined;
  const containment = await openForWorker(config.containment, config.mark, config.ownChildren);
  const reaper = new Reaper(config, 'thread', notices, containment);

  reaper.sweep().catch((error: unknown) => notices.log('ERROR', 'The sweep at start failed', { error: String(error) }));

  const serve = async (): Promise<void> => {
    // Its own Runtime: at the first SIGTERM the main thread's stops all of its Workers, and these go on.
    Runtime.install({
      shutdownSignals: [],
      logger: new DefaultLogger('ERROR', ({ message, meta }) => {
        notices.log('ERROR', `reaper: ${message}`, { error: String(meta?.error) });
      }),
    });
    for (let failures = 0; !stopped && !connection; failures++) {
      try {
        connection = await NativeConnection.connect(options);
      } catch (error) {
        if (failures === 0) notices.log('WARN', 'The reaper cannot reach Temporal yet', { error: String(error) });
        await sleep(RECONNECT_MS);
      }
    }
    if (stopped || !connection) return;
    reaper.connect(connection);
    workers = new SdkWorkers(reaper.host, config, connection, notices.log);
    await workers.serve();
    post({ type: 'serving' });
    await workers.serveWorkflows();
  };

  const stop = async (): Promise<void> => {
    stopped = true;
    await reaper.stop();
    await workers?.stop();
    await connection?.close();
    await Runtime.instance().shutdown();
    port.close();
  };

  const applyCredentials = async ({ apiKey, metadata }: ToThread & { type: 'credentials' }): Promise<void> => {
    if (apiKey !== undefined) await connection?.setApiKey(apiKey);
    if (metadata !== undefined) await connection?.setMetadata(metadata);
  };

  serve().catch((error: unknown) => {
    notices.log('ERROR', 'The task queues of the reaper are not served', { error: String(error) });
  });

  port.on('message', (message: ToThread) => {
    switch (message.type) {
      case 'call': {
        const { name, args } = message.call;
        const { id } = message;
        // One call that breaks, for instance for want of file descriptors, must not end the thread.
        const work = async (): Promise<unknown> => (reaper[name] as (...args: unknown[]) => unknown)(...args);
        work().then(
          (value) => id !== undefined && post({ type: 'reply', id, value: value as undefined }),
          (error) => {
            if (id === undefined) notices.log('ERROR', `The reaper missed "${name}"`, { error: String(error) });
            else post({ type: 'reply', id, error: String(error) });
          },
        );
        return;
      }
      case 'credentials':
        if (message.apiKey !== undefined) options.apiKey = message.apiKey; // for a connection yet to be made
        if (message.metadata !== undefined) options.metadata = message.metadata;
        applyCredentials(message).catch((error: unknown) => {
          notices.log('ERROR', 'The reaper cannot use the new credentials', { error: String(error) });
        });
        return;
      case 'stop':
        stop().catch((error: unknown) => {
          notices.log('WARN', 'The reaper did not stop in order', { error: String(error) });
          process.exit(1); // of this thread only
        });
    }
  });
  post({ type: 'ready', level: containment.level, encloserData: containment.encloserData });
}

if (parentPort) {
  const port = parentPort;
  main(port, workerData as ThreadData).catch((error: unknown) => {
    const code = error instanceof ReaperError ? error.code : undefined;
    port.postMessage({ type: 'failed', code, message: (error as Error).message } satisfies FromThread);
    port.close();
  });
}
