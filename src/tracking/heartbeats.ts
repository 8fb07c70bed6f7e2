import { monotonicMs } from '../process/clock';
import type { Context } from '@temporalio/activity';

/**
 * Keeps the details of the user's latest heartbeat, so that our own heartbeat, which fetches a cancel, repeats them: the
 * last details win, and a retry's checkpoint must not be lost. Returns a function that reads them. `onBeat` is called for
 * each heartbeat, including ours.
 */
export function recordHeartbeats(context: Context, onBeat: (now: number) => void): () => unknown {
  let details: unknown = context.info.heartbeatDetails;
  const { heartbeat } = context;
  // The type is read-only to keep users from doing this; the SDK has no interceptor for heartbeats.
  (context as { heartbeat: Context['heartbeat'] }).heartbeat = (latest) => {
    details = latest;
    onBeat(monotonicMs());
    heartbeat.call(context, latest);
  };
  return () => details;
}
