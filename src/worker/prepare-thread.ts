import { threadOf } from '../reaper/thread/shared-thread';
import type { ResolvedOptions } from './options';
import { processConfigOf } from './process-config';
import { isContrary } from './plugin-conflicts';

/**
 * Opens the level before the first Worker runs, so that its first activity does not have to wait.
 *
 * @param isBusy whether this thread is busy until the first Worker runs
 */
export function prepareThread(options: ResolvedOptions, isBusy = false): void {
  if (isContrary(options)) return;
  const thread = threadOf(processConfigOf(options));
  if (isBusy) thread.begin().catch(() => undefined); // a reaper that joins the thread gets the error
}
