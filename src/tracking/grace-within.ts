/** Processes are dead this long before the attempt's own deadline, in ms, so that its cancel can still be reported. */
const MARGIN_MS = 2_000;

/**
 * Limits a grace period so that it ends before Temporal times the attempt out and retries it: two seconds before, or
 * halfway through the time left if that is less. After the deadline the full grace period applies.
 */
export function graceWithin(graceMs: number, deadlineAt: number | undefined, now: number): number {
  const leftMs = deadlineAt === undefined ? Infinity : deadlineAt - now;
  if (leftMs <= 0) return graceMs;
  return Math.min(graceMs, leftMs - Math.min(MARGIN_MS, leftMs / 2));
}
