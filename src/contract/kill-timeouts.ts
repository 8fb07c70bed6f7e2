/**
 * Timeouts of activities on a host's or a worker's task queue. A host that does not take a kill within the first, or
 * falls silent for the second while it kills, is given up: with the default escalation a cancel goes through within 35 s
 * whatever the host does. A grace period may be an hour; the host's heartbeats say that it is still at it.
 */
export const KILL_TIMEOUTS = {
  scheduleToStartTimeout: '4s',
  heartbeatTimeout: '4s',
  startToCloseTimeout: '2h',
  retry: { maximumAttempts: 1 },
} as const;

/** The same for questions: nothing is lost with one that nobody takes. */
export const QUESTION_TIMEOUTS = { ...KILL_TIMEOUTS, scheduleToStartTimeout: '2s' } as const;
