import type { ReaperNotices } from '../tracking/link';

/** A server that is away fails every look; it is said once in a while. */
const SAY_AGAIN_MS = 60_000;

/** Logs that Temporal does not answer, at most once a minute. */
export function outageLogger(log: ReaperNotices['log']): (error: unknown) => void {
  let saidAt = 0;
  return (error) => {
    if (Date.now() - saidAt < SAY_AGAIN_MS) return;
    saidAt = Date.now();
    log('WARN', 'Temporal does not answer; kills go on without it', { error: String(error) });
  };
}
