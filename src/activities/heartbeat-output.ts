import { asyncLocalStorage } from '@temporalio/activity';

/** The heartbeat details of a running command: the end of its output so far. */
export interface CommandProgress {
  stdout: string;
  stderr: string;
}

/** Longest time between two heartbeats, in ms; the SDK sends fewer, at most one for each 0.8 of the timeout. */
const BEAT_MS = 1_000;

/**
 * Heartbeats while a command runs, so that the attempt does not time out, and the details show the command's output in the
 * UI and to `temporal workflow describe`. Does nothing without a heartbeat timeout, or outside an activity.
 *
 * @param progress read for each heartbeat
 * @returns a function that ends the heartbeats
 */
export function heartbeatOutput(progress: () => CommandProgress): () => void {
  const context = asyncLocalStorage.getStore();
  const timeoutMs = context?.info.heartbeatTimeoutMs ?? 0;
  if (!context || timeoutMs === 0) return () => undefined;
  const timer = setInterval(() => context.heartbeat(progress()), Math.min(BEAT_MS, timeoutMs / 3));
  return () => clearInterval(timer);
}
