import type { Info } from '@temporalio/activity';

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
