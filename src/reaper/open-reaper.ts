import type { NativeConnection } from '@temporalio/worker';
import type { Encloser } from '../process/containment/enclosure';
import { openForWorker } from '../process/containment/ladder';
import { openEncloser } from '../process/containment/open-encloser';
import type { ReaperLink, ReaperNotices } from '../tracking/link';
import type { ReaperConfig, ReaperConnectionOptions } from './config';
import { Reaper } from './reaper';
import { ReaperProcess } from './reaper-process';
import { SdkWorkers } from './sdk-workers';
import { type CrashEvents, ThreadLink } from './thread-link';

/** A reaper at work, whichever its form. */
export interface OpenReaper {
  link: ReaperLink;
  /** What the level that is open does on the thread that spawns. */
  encloser: Encloser | undefined;
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
  // A copy: the link keeps it up to date.
  const link = await ThreadLink.start({ config, connection: { ...connection } }, notices, events);
  return {
    link,
    encloser: link.encloser,
    setCredentials: (credentials) => link.setCredentials(credentials),
    stop: () => link.stop(),
  };
}

/** What the inline reapers of this process share; undefined while there is none. */
let shared: Promise<Shared> | undefined;
let sharers = 0;

interface Shared {
  process: ReaperProcess;
  encloser: Encloser | undefined;
}

async function openShared(config: ReaperConfig, notices: ReaperNotices): Promise<Shared> {
  const containment = await openForWorker(config.containment, config.mark, config.ownChildren);
  const warn = (message: string): void => notices.log('WARN', message);
  return {
    process: new ReaperProcess(config, containment, notices),
    encloser: openEncloser(containment.encloserData, warn),
  };
}

async function joinShared(config: ReaperConfig, notices: ReaperNotices): Promise<Shared> {
  sharers += 1;
  shared ??= openShared(config, notices);
  try {
    return await shared;
  } catch (error) {
    leaveShared();
    throw error;
  }
}

/** @returns whether nobody shares it any more */
function leaveShared(): boolean {
  sharers -= 1;
  if (sharers === 0) shared = undefined;
  return sharers === 0;
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
  const isFirst = !shared;
  const { process, encloser } = await joinShared(config, notices);
  const reaper = new Reaper(config, 'inline', notices, process.containment, process);
  if (isFirst) {
    const report = (error: unknown): void =>
      notices.log('ERROR', 'The sweep at start failed', { error: String(error) });
    reaper.sweep().catch(report);
  }
  reaper.connect(connection);
  const workers = new SdkWorkers(reaper.host, config, connection, notices.log);
  const report = (error: unknown): void => {
    notices.log('ERROR', 'The task queues of the reaper are not served', { error: String(error) });
  };
  const serving = workers
    .serve()
    .then(() => workers.serveWorkflows())
    .catch(report);
  return {
    link: reaper,
    encloser,
    setCredentials: () => undefined, // it uses the very connection
    stop: async () => {
      const wasLast = leaveShared();
      await reaper.stop();
      await workers.stop();
      await serving;
      if (wasLast) encloser?.stop?.();
    },
  };
}
