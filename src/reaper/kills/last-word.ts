import { monotonicMs } from '../../process/clock';
import type { LedgerEntry } from '../../tracking/ledger-entry';
import { BeatDeadline } from '../../tracking/beat-deadline';

/** The cancel is reported this long before Temporal times a cancelled attempt out, whatever its function does. In ms. */
const MARGIN_MS = 400;
/** Time between two looks at the deadline, which heartbeats move. */
const LOOK_MS = 100;

/** When the first timeout of an attempt is due, see {@link monotonicMs}; Infinity when it has none. */
function timesOutAt({ deadlineAt = Infinity, beatDeadline }: LedgerEntry): number {
  return Math.min(deadlineAt, beatDeadline ? new BeatDeadline(beatDeadline).at : Infinity);
}

/**
 * Reports the cancel of a killed attempt if nothing else does: the main loop may be blocked, and the run would see the
 * attempt time out instead of its cancel.
 */
export function sayLastWord(entry: LedgerEntry, isOpen: () => boolean, report: () => Promise<void>): void {
  const look = (): void => {
    const at = timesOutAt(entry);
    if (!isOpen() || !Number.isFinite(at)) return;
    const leftMs = at - MARGIN_MS - monotonicMs();
    if (leftMs > 0) setTimeout(look, Math.min(leftMs, LOOK_MS)).unref();
    else report().catch(() => undefined); // fails if there is no cancel to report, or the attempt is over by now
  };
  look();
}
