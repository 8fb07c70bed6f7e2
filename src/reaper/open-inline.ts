import type { NativeConnection } from '@temporalio/worker';
import type { Encloser } from '../process/containment/enclosure';
import { openForWorker } from '../process/containment/ladder';
import { openEncloser } from '../process/containment/open-encloser';
import { careForOrphans } from '../process/containment/subreaper/main-thread-reaping';
import { doneWithin } from '../tracking/bounded';
import type { ReaperNotices } from '../tracking/reaper-protocol';
import type { ReaperConfig } from './config';
import type { OpenReaper } from './open-reaper';
import { Reaper } from './reaper';
import { ReaperProcess } from './reaper-process';
import { SdkWorkers } from './serve/sdk-workers';

/** How long the reaper's Workers may take to stop, in ms: they have nothing left to do, but the SDK waits for the server. */
const WORKERS_MS = 5_000;

/** What the inline reapers of this process share; undefined if there are none. */
let shared: Promise<Shared> | undefined;
let sharers = 0;

interface Shared {
  process: ReaperProcess;
  encloser: Encloser | undefined;
  orphanCare: { stop(): void } | undefined;
}

async function openShared(config: ReaperConfig, notices: ReaperNotices): Promise<Shared> {
  const containment = await openForWorker(config.containment, config.mark);
  const warn = (message: string): void => notices.log('WARN', message);
  return {
    process: ReaperProcess.guarded(config, containment, notices),
    encloser: openEncloser(containment.encloserData, warn),
    orphanCare: careForOrphans(config.mark),
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

/** @returns whether the last reaper has left */
function leaveShared(): boolean {
  sharers -= 1;
  if (sharers === 0) shared = undefined;
  return sharers === 0;
}

/**
 * Opens a reaper on the main thread that uses the worker's own connection.
 *
 * @throws ReaperError `CONTAINMENT_UNAVAILABLE`
 */
export async function openInline(
  config: ReaperConfig,
  connection: NativeConnection,
  notices: ReaperNotices,
): Promise<OpenReaper> {
  const isFirst = !shared;
  const { process, encloser, orphanCare } = await joinShared(config, notices);
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
    setCredentials: () => undefined, // the reaper uses that same connection
    begin: () => Promise.resolve(),
    whileItAnswers: (work) => work.then(() => true),
    stop: async () => {
      const wasLast = leaveShared();
      await reaper.stop();
      if (
        !(await doneWithin(
          WORKERS_MS,
          workers.stop().then(() => serving),
        ))
      ) {
        notices.log('WARN', `The Workers of the reaper have not ended within ${WORKERS_MS} ms: is the server there?`);
      }
      if (!wasLast) return;
      encloser?.stop?.();
      orphanCare?.stop();
    },
  };
}
