import type { NativeConnection } from '@temporalio/worker';
import type { EncloserData } from '../process/containment/enclosure';
import { openForWorker } from '../process/containment/ladder';
import type { ReaperLink, ReaperNotices } from '../tracking/link';
import type { ReaperConfig, ReaperConnectionOptions } from './config';
import { Reaper } from './reaper';
import { SdkWorkers } from './sdk-workers';
import { type CrashEvents, ThreadLink } from './thread-link';

/** A reaper at work, whichever its form. */
export interface OpenReaper {
  link: ReaperLink;
  /** What the level that it has opened needs on the thread that spawns. */
  encloserData: EncloserData | undefined;
  /** Resolves when its task queues are polled. */
  serving: Promise<void>;
  /** Passes on what the user sets on the worker's own connection, for instance a rotated API key. */
  setCredentials(credentials: { apiKey?: string; metadata?: Record<string, string> }): void;
  stop(): Promise<void>;
}

/**
 * On a thread and a connection of its own: a blocked main loop blocks no kill.
 *
 * @throws ReaperError `CONTAINMENT_UNAVAILABLE`; DataCloneError when the options cannot be copied to a thread
 */
export async function openOnThread(
  config: ReaperConfig,
  connection: ReaperConnectionOptions,
  notices: ReaperNotices,
  events: CrashEvents,
): Promise<OpenReaper> {
  // Copies: the link keeps them up to date.
  const link = await ThreadLink.start({ config: { ...config }, connection: { ...connection } }, notices, events);
  return {
    link,
    encloserData: link.encloserData,
    serving: link.serving,
    setCredentials: (credentials) => link.setCredentials(credentials),
    stop: () => link.stop(),
  };
}

/**
 * On the main thread and the worker's own connection.
 *
 * @throws ReaperError `CONTAINMENT_UNAVAILABLE`
 */
export async function openInline(
  config: ReaperConfig,
  connection: NativeConnection,
  notices: ReaperNotices,
): Promise<OpenReaper> {
  const containment = await openForWorker(config.containment, config.mark, config.ownChildren);
  const reaper = new Reaper(config, 'inline', notices, containment);
  reaper.sweep().catch((error: unknown) => notices.log('ERROR', 'The sweep at start failed', { error: String(error) }));
  reaper.connect(connection);
  const workers = new SdkWorkers(reaper.host, config, connection, notices.log);
  const report = (error: unknown): void => {
    notices.log('ERROR', 'The task queues of the reaper are not served', { error: String(error) });
  };
  const serving = workers.serve().catch(report);
  const allServing = serving.then(() => workers.serveWorkflows()).catch(report);
  return {
    link: reaper,
    encloserData: containment.encloserData,
    serving,
    setCredentials: () => undefined, // it uses the very connection
    stop: async () => {
      await reaper.stop();
      await allServing;
      await workers.stop();
    },
  };
}
