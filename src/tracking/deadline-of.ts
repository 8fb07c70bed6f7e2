import type { Info } from '@temporalio/activity';

/**
 * When Temporal times an attempt out by its start-to-close or schedule-to-close timeout, on the clock of `openedAt`;
 * undefined when it has neither. The SDK passes an unset timeout as 0.
 */
export function deadlineOf(info: Info, openedAt: number): number | undefined {
  // Both times are the server's, whose clock may differ from ours.
  const usedUp = info.currentAttemptScheduledTimestampMs - info.scheduledTimestampMs;
  const deadlines = [
    info.startToCloseTimeoutMs > 0 ? openedAt + info.startToCloseTimeoutMs : Infinity,
    info.scheduleToCloseTimeoutMs > 0 ? openedAt + info.scheduleToCloseTimeoutMs - usedUp : Infinity,
  ];
  const first = Math.min(...deadlines);
  return Number.isFinite(first) ? first : undefined;
}
