import { monotonicMs } from '../process/clock';
import type { ReaperLog } from '../tracking/reaper-protocol';

/** An unreachable server fails every look: log it only once in a while. */
const SAY_AGAIN_MS = 60_000;

/** Logs that Temporal does not answer, at most once a minute. */
export function outageLogger(log: ReaperLog): (error: unknown) => void {
  let saidAt = -Infinity;
  return (error) => {
    if (monotonicMs() - saidAt < SAY_AGAIN_MS) return;
    saidAt = monotonicMs();
    log('WARN', 'Temporal does not answer; kills go on without it', { error: String(error) });
  };
}
