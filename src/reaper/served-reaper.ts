import { setTimeout as sleep } from 'node:timers/promises';
import { NativeConnection } from '@temporalio/worker';
import type { Containment } from '../process/containment/level';
import type { ReaperNotices } from '../tracking/link';
import { Reaper } from './reaper';
import type { ReaperProcess } from './reaper-process';
import { SdkWorkers } from './sdk-workers';
import type { FromReaper, ReaperData, ToReaper } from './thread-protocol';

const RECONNECT_MS = 2_000;
/** How long an end waits for a connection that is being made, in ms. */
const CONNECTING_MS = 100;

/** One reaper of the thread, with a connection of its own. */
export class ServedReaper {
  private readonly reaper: Reaper;
  private readonly stopped = new AbortController();
  private readonly connecting: Promise<NativeConnection | undefined>;
  private connection: NativeConnection | undefined;
  private workers: SdkWorkers | undefined;

  /** Tracks and kills at once; connects as soon as it can. */
  constructor(
    private readonly data: ReaperData,
    containment: Containment,
    process: ReaperProcess,
    readonly notices: ReaperNotices,
    private readonly reply: (message: FromReaper & { type: 'reply' }) => void,
  ) {
    this.reaper = new Reaper(data.config, 'thread', notices, containment, process);
    this.connecting = this.connect();
    this.serve().catch((error: unknown) => {
      notices.log('ERROR', 'The task queues of the reaper are not served', { error: String(error) });
    });
  }

  /** Kills what workers of this host that are gone have left. */
  sweep(): void {
    this.reaper.sweep().catch((error: unknown) => {
      this.notices.log('ERROR', 'The sweep at start failed', { error: String(error) });
    });
  }

  take(message: ToReaper & { type: 'call' | 'credentials' }): void {
    if (message.type === 'credentials') return this.setCredentials(message);
    const { name, args } = message.call;
    const { id } = message;
    // One call that breaks, for instance for want of file descriptors, must not end the thread.
    const work = async (): Promise<unknown> => (this.reaper[name] as (...args: unknown[]) => unknown)(...args);
    work().then(
      (value) => id !== undefined && this.reply({ type: 'reply', id, value: value as undefined }),
      (error) => {
        if (id === undefined) this.notices.log('ERROR', `The reaper missed "${name}"`, { error: String(error) });
        else this.reply({ type: 'reply', id, error: String(error) });
      },
    );
  }

  /** Ends it, also when it has never connected. */
  async stop(): Promise<void> {
    this.stopped.abort();
    try {
      await this.reaper.stop();
      await this.workers?.stop();
      await this.connection?.close();
      // One that is still being made closes itself when it comes.
      if (!this.connection) await Promise.race([this.connecting, sleep(CONNECTING_MS)]);
    } catch (error) {
      this.notices.log('WARN', 'The reaper did not stop in order', { error: String(error) });
    }
  }

  private async connect(): Promise<NativeConnection | undefined> {
    const { signal } = this.stopped;
    for (let failures = 0; !signal.aborted; failures++) {
      const { apiKey, metadata } = this.data.connection;
      try {
        const connection = await NativeConnection.connect(this.data.connection);
        if (signal.aborted) return void (await connection.close());
        this.connection = connection;
        // What was set meanwhile.
        const now = this.data.connection;
        await applyCredentials(connection, {
          apiKey: now.apiKey === apiKey ? undefined : now.apiKey,
          metadata: now.metadata === metadata ? undefined : now.metadata,
        });
        return connection;
      } catch (error) {
        if (failures === 0) this.notices.log('WARN', 'The reaper cannot reach Temporal yet', { error: String(error) });
        await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined); // the loop ends
      }
    }
    return undefined;
  }

  private async serve(): Promise<void> {
    const connection = await this.connecting;
    if (!connection || this.stopped.signal.aborted) return;
    this.reaper.connect(connection);
    this.workers = new SdkWorkers(this.reaper.host, this.data.config, connection, this.notices.log);
    await this.workers.serve();
    await this.workers.serveWorkflows();
  }

  private setCredentials({ apiKey, metadata }: Credentials): void {
    const { connection } = this.data;
    if (apiKey !== undefined) connection.apiKey = apiKey; // for a connection yet to be made
    if (metadata !== undefined) connection.metadata = metadata;
    if (!this.connection) return;
    applyCredentials(this.connection, { apiKey, metadata }).catch((error: unknown) => {
      this.notices.log('ERROR', 'The reaper cannot use the new credentials', { error: String(error) });
    });
  }
}

interface Credentials {
  apiKey?: string;
  metadata?: NonNullable<ReaperData['connection']['metadata']>;
}

async function applyCredentials(connection: NativeConnection, { apiKey, metadata }: Credentials): Promise<void> {
  if (apiKey !== undefined) await connection.setApiKey(apiKey);
  if (metadata !== undefined) await connection.setMetadata(metadata);
}
