import { monotonicMs } from '../../process/clock';
import type { Escalation } from '../../contract/escalation';
import { BeatDeadline } from '../../tracking/beat-deadline';
import type { LedgerEntry } from '../../tracking/ledger-entry';

/** The grace period ends this long before the deadline, or a quarter of the timeout if that is less. In ms. */
const MARGIN_MS = 2_000;

/**
 * Ends the grace period of a kill before Temporal times the attempt out for a missing heartbeat: the main loop, which
 * heartbeats for an attempt that is being killed, may be blocked. Returns a function that stops the check.
 */
export function hurryWithoutBeats(entry: LedgerEntry, steps: Escalation): () => void {
  const { beatDeadline, heartbeatTimeoutMs } = entry;
  if (!beatDeadline) return () => undefined;
  const deadline = new BeatDeadline(beatDeadline);
  const marginMs = Math.min(MARGIN_MS, heartbeatTimeoutMs / 4);
  if (deadline.at <= monotonicMs()) return () => undefined; // Temporal has already timed the attempt out
  let timer: NodeJS.Timeout;
  const look = (): void => {
    const inMs = deadline.at - marginMs - monotonicMs();
    // Heartbeats move the deadline.
    if (inMs > 0) timer = setTimeout(look, Math.min(inMs, 2 ** 31 - 1)).unref();
    else steps.graceMs = 0;
  };
  look();
  return () => clearTimeout(timer);
}
