import type { Info } from '@temporalio/activity';

/** So long before the attempt's own deadline its processes are dead, in ms, and its cancel can be reported. */
const MARGIN_MS = 1_000;

/**
 * Unix time in ms at which Temporal gives an attempt up by its start-to-close or schedule-to-close timeout; undefined when
 * it has neither. An unset timeout is 0 for the SDK.
 */
export function deadlineOf(info: Info, openedAt: number): number | undefined {
  // Both are the server's times: its clock need not be ours.
  const usedUp = info.currentAttemptScheduledTimestampMs - info.scheduledTimestampMs;
  const deadlines = [
    info.startToCloseTimeoutMs > 0 ? openedAt + info.startToCloseTimeoutMs : Infinity,
    info.scheduleToCloseTimeoutMs > 0 ? openedAt + info.scheduleToCloseTimeoutMs - usedUp : Infinity,
  ];
  const first = Math.min(...deadlines);
  return Number.isFinite(first) ? first : undefined;
}

/**
 * How much of a grace period there is before Temporal gives the attempt up, and retries it: what is left until then but
 * for a second, or half of it when that is less. All of it when the deadline is past.
 */
export function graceWithin(graceMs: number, deadlineAt: number | undefined, now: number): number {
  const leftMs = deadlineAt === undefined ? Infinity : deadlineAt - now;
  if (leftMs <= 0) return graceMs;
  return Math.min(graceMs, leftMs - Math.min(MARGIN_MS, leftMs / 2));
}
