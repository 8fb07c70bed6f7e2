import type { Escalation } from '../contract/escalation';
import { BeatDeadline } from '../tracking/beat-deadline';
import type { LedgerEntry } from '../tracking/ledger';

/** So long before the deadline, or a quarter of the timeout when that is less, the grace ends. In ms. */
const MARGIN_MS = 1_000;

/**
 * Ends the grace of a kill before Temporal gives the attempt up for want of a heartbeat: the main loop, which beats for an
 * attempt that is being killed, may be blocked. Returns what stops it.
 */
export function hurryWithoutBeats(entry: LedgerEntry, steps: Escalation): () => void {
  const { beatDeadline, heartbeatTimeoutMs } = entry;
  if (!beatDeadline) return () => undefined;
  const deadline = new BeatDeadline(beatDeadline);
  const marginMs = Math.min(MARGIN_MS, heartbeatTimeoutMs / 4);
  if (deadline.at <= Date.now()) return () => undefined; // it is over for Temporal
  let timer: NodeJS.Timeout;
  const look = (): void => {
    const inMs = deadline.at - marginMs - Date.now();
    // Beats move it.
    if (inMs > 0) timer = setTimeout(look, Math.min(inMs, 2 ** 31 - 1)).unref();
    else steps.graceMs = 0;
  };
  look();
  return () => clearTimeout(timer);
}
