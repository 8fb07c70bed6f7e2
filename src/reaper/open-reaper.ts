import type { Encloser } from '../process/containment/enclosure';
import type { ReaperLink, ReaperNotices } from '../tracking/reaper-protocol';
import type { ReaperConfig, ReaperConnectionOptions } from './config';
import { type CrashEvents, ThreadLink } from './thread/thread-link';

/** A running reaper, inline or on a thread. */
export interface OpenReaper {
  link: ReaperLink;
  /** The part of the containment level that runs on the thread that spawns. */
  encloser: Encloser | undefined;
  /** Passes on what the user sets on the worker's own connection, for instance a rotated API key. */
  setCredentials(credentials: { apiKey?: string; metadata?: Record<string, string> }): void;
  /** Called when an activity begins or the worker has started. Resolves when activities may begin. */
  begin(): Promise<void>;
  /** @returns true when that work of the reaper is done; false when its thread no longer answers */
  whileItAnswers(work: Promise<unknown>): Promise<boolean>;
  stop(): Promise<void>;
}

/**
 * Opens a reaper on a thread and a connection of its own: a blocked main loop blocks no kill.
 *
 * @throws ReaperError `CONTAINMENT_UNAVAILABLE`; DataCloneError when the options cannot be copied to a thread
 */
export async function openOnThread(
  config: ReaperConfig,
  connection: ReaperConnectionOptions,
  notices: ReaperNotices,
  events: CrashEvents,
): Promise<OpenReaper> {
  // A copy: the link updates it.
  const link = await ThreadLink.start({ config, connection: { ...connection } }, notices, events);
  return {
    link,
    encloser: link.encloser,
    setCredentials: (credentials) => link.setCredentials(credentials),
    begin: () => link.begin(),
    whileItAnswers: (work) => link.whileItAnswers(work),
    stop: () => link.stop(),
  };
}
