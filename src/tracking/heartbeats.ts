import type { Context } from '@temporalio/activity';

/**
 * Keeps the details of the user's latest heartbeat, so that ours, which fetches a cancel, repeats them: details are last
 * write wins, and a retry's checkpoint must not be lost. Returns a function that reads them.
 * `onBeat` hears of each beat, ours included.
 */
export function recordHeartbeats(context: Context, onBeat: (now: number) => void): () => unknown {
  let details: unknown = context.info.heartbeatDetails;
  const { heartbeat } = context;
  // Typed as read-only, so that users do not; the SDK has no interceptor for heartbeats.
  (context as { heartbeat: Context['heartbeat'] }).heartbeat = (latest) => {
    details = latest;
    onBeat(Date.now());
    heartbeat.call(context, latest);
  };
  return () => details;
}
