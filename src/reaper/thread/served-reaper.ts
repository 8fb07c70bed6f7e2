import type { Containment } from '../../process/containment/level';
import { doneWithin } from '../../tracking/bounded';
import type { ReaperCommand, ReaperNotices } from '../../tracking/reaper-protocol';
import { Reaper } from '../reaper';
import type { ReaperProcess } from '../reaper-process';
import type { ServerCredentials, ServerEnd } from '../serve/server-end';
import type { FromReaper, ReaperData, ToReaper } from './thread-protocol';

/** How long its Workers may take to stop, in ms: they have nothing left to do, but the SDK waits for the server. */
const SERVER_MS = 5_000;

/** One reaper of the thread. It tracks and kills from the start, and has Temporal once the SDK is loaded and connected. */
export class ServedReaper {
  private readonly reaper: Reaper;
  private server: ServerEnd | undefined;
  private readonly stopped = new AbortController();

  constructor(
    private readonly data: ReaperData,
    containment: Containment,
    process: ReaperProcess,
    readonly notices: ReaperNotices,
    private readonly reply: (message: FromReaper & { type: 'reply' }) => void,
  ) {
    this.reaper = new Reaper(data.config, 'thread', notices, containment, process);
  }

  get isStopped(): boolean {
    return this.stopped.signal.aborted;
  }

  /** Called when the SDK is loaded. */
  connect(Server: typeof ServerEnd): void {
    const { signal } = this.stopped;
    if (!this.isStopped) this.server = new Server(this.data, this.reaper, this.notices.log, signal);
  }

  /** Kills what dead workers of this host have left. */
  sweep(): void {
    this.reaper.sweep().catch((error: unknown) => {
      this.notices.log('ERROR', 'The sweep at start failed', { error: String(error) });
    });
  }

  /** Catches errors, such as a lack of file descriptors, so that they do not end the thread. */
  take(message: ToReaper & { type: 'tell' | 'ask' | 'credentials' }): void {
    if (message.type === 'credentials') this.setCredentials(message);
    else if (message.type === 'tell') this.tell(message.command);
    else this.answer(message);
  }

  private tell(command: ReaperCommand): void {
    try {
      this.reaper.tell(command);
    } catch (error) {
      this.notices.log('ERROR', `The reaper could not take "${command.type}"`, { error: String(error) });
    }
  }

  private answer({ id, request }: ToReaper & { type: 'ask' }): void {
    this.reaper.ask(request).then(
      (value) => this.reply({ type: 'reply', id, value }),
      (error) => this.reply({ type: 'reply', id, error: String(error) }),
    );
  }

  /**
   * Stops the reaper, even if it has never connected. Kills have bounds of their own; a server that does not answer is not
   * waited for.
   *
   * @returns whether everything has stopped
   */
  async stop(): Promise<boolean> {
    this.stopped.abort();
    try {
      await this.reaper.stop();
      if (!this.server || (await doneWithin(SERVER_MS, this.server.stop()))) return true;
      throw new Error(`its Workers have not ended within ${SERVER_MS} ms`);
    } catch (error) {
      this.notices.log('WARN', 'The reaper did not stop in order', { error: String(error) });
      return false;
    }
  }

  private setCredentials({ apiKey, metadata }: ServerCredentials): void {
    const { connection } = this.data;
    if (apiKey !== undefined) connection.apiKey = apiKey; // for a connection that is not made yet
    if (metadata !== undefined) connection.metadata = metadata;
    this.server?.setCredentials({ apiKey, metadata });
  }
}
