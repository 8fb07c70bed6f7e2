import { setTimeout as sleep } from 'node:timers/promises';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import type { ReaperLog } from '../../tracking/reaper-protocol';
import { ReaperPresence } from './reaper-presence';
import type { Reaper } from '../reaper';
import { SdkWorkers } from './sdk-workers';
import type { ReaperData } from '../thread/thread-protocol';

const RECONNECT_MS = 2_000;
/** How long stop() waits for a connection in the making, in ms. */
const CONNECTING_MS = 100;

/** Credentials that the user has set on the worker's connection since the start; undefined: not set. */
export interface ServerCredentials {
  apiKey?: string;
  metadata?: NonNullable<ReaperData['connection']['metadata']>;
}

/** The thread's own Runtime. The main thread's Runtime stops all its Workers at the first SIGTERM; these must go on. */
export function installRuntime(log: ReaperLog): void {
  Runtime.install({
    shutdownSignals: [],
    workerHeartbeatInterval: 0, // a reaper has one entry in the list of workers: its presence
    logger: new DefaultLogger('ERROR', ({ message, meta }) => {
      log('ERROR', `reaper: ${message}`, { error: String(meta?.error) });
    }),
  });
}

/** The Temporal side of one reaper of the thread: its own connection and everything that uses it. */
export class ServerEnd {
  private readonly connecting: Promise<NativeConnection | undefined>;
  private connection: NativeConnection | undefined;
  private workers: SdkWorkers | undefined;
  private presence: ReaperPresence | undefined;

  /**
   * Connects as soon as possible.
   *
   * @param stopped aborted before the reaper stops
   */
  constructor(
    private readonly data: ReaperData,
    private readonly reaper: Reaper,
    private readonly log: ReaperLog,
    private readonly stopped: AbortSignal,
  ) {
    this.connecting = this.connect();
    this.serve().catch((error: unknown) => {
      log('ERROR', 'The task queues of the reaper are not served', { error: String(error) });
    });
  }

  /** A connection that is not made yet takes the credentials from the data. */
  setCredentials(change: ServerCredentials): void {
    if (!this.connection) return;
    applyCredentials(this.connection, change).catch((error: unknown) => {
      this.log('ERROR', 'The reaper cannot use the new credentials', { error: String(error) });
    });
  }

  /** Stops it, even if it has never connected. */
  async stop(): Promise<void> {
    await Promise.all([this.presence?.end(), this.workers?.stop()]);
    await this.connection?.close();
    // A connection still in the making closes itself as soon as it is made.
    if (!this.connection) await Promise.race([this.connecting, sleep(CONNECTING_MS)]);
  }

  private async connect(): Promise<NativeConnection | undefined> {
    const { stopped: signal } = this;
    for (let failures = 0; !signal.aborted; failures++) {
      const { apiKey, metadata } = this.data.connection;
      try {
        const connection = await NativeConnection.connect(this.data.connection);
        if (signal.aborted) return void (await connection.close());
        this.connection = connection;
        // Apply what was set while connecting.
        const now = this.data.connection;
        await applyCredentials(connection, {
          apiKey: now.apiKey === apiKey ? undefined : now.apiKey,
          metadata: now.metadata === metadata ? undefined : now.metadata,
        });
        return connection;
      } catch (error) {
        if (failures === 0) this.log('WARN', 'The reaper cannot reach Temporal yet', { error: String(error) });
        await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
      }
    }
    return undefined;
  }

  private async serve(): Promise<void> {
    const connection = await this.connecting;
    if (!connection || this.stopped.aborted) return;
    this.reaper.connect(connection);
    this.presence = new ReaperPresence(connection, this.data.config);
    this.presence.begin();
    this.workers = new SdkWorkers(this.reaper.host, this.data.config, connection, this.log);
    await this.workers.serve();
    await this.workers.serveWorkflows();
  }
}

async function applyCredentials(connection: NativeConnection, { apiKey, metadata }: ServerCredentials): Promise<void> {
  if (apiKey !== undefined) await connection.setApiKey(apiKey);
  if (metadata !== undefined) await connection.setMetadata(metadata);
}
