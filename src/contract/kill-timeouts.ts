import type { Escalation } from './escalation';

/** A request that no worker takes from its task queue within this time is given up, in ms. */
export const REACH_MS = 4_000;
/** A killing host heartbeats every second; one that is silent for this long is given up, in ms. */
export const SILENCE_MS = 4_000;

/**
 * Timeouts of activities on a host's or a worker's task queue. A grace period may be an hour; heartbeats show that the host
 * is still at work.
 */
export const KILL_TIMEOUTS = {
  scheduleToStartTimeout: REACH_MS,
  heartbeatTimeout: SILENCE_MS,
  startToCloseTimeout: '2h',
  retry: { maximumAttempts: 1 },
} as const;

/** Timeouts for questions. They are shorter because an unanswered question does no harm. */
export const QUESTION_TIMEOUTS = { ...KILL_TIMEOUTS, scheduleToStartTimeout: REACH_MS / 2 } as const;

/**
 * How much of their grace the processes have had when a worker is given up and another worker of its host is asked. Zero
 * if no worker took the request.
 *
 * @param elapsedMs since the first request
 */
export function graceUsedMs(elapsedMs: number): number {
  return Math.max(0, elapsedMs - REACH_MS);
}

/** The rest of an escalation whose grace is partly used. */
export function afterGrace(escalation: Escalation, usedMs = 0): Escalation {
  return { ...escalation, graceMs: Math.max(0, escalation.graceMs - usedMs) };
}

/**
 * The longest time that a kill on one host can take, in ms, whatever happens to its workers. The worst case: a worker takes
 * the request at the last moment and falls silent at the end of its escalation; then another worker of the host, which has
 * only the rest of the grace, does the same. A dead worker costs only {@link REACH_MS}, or twice that if it was alone on
 * its host.
 */
export function longestKillMs({ graceMs, settleMs }: Pick<Escalation, 'graceMs' | 'settleMs'>): number {
  const first = REACH_MS + graceMs + settleMs + SILENCE_MS;
  return first + REACH_MS + settleMs + SILENCE_MS;
}
