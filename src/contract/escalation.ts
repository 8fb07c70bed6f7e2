import type { Duration } from '@temporalio/common';
import ms from 'ms';
import { ReaperError } from './errors';

/** Signals that an escalation may begin with. SIGKILL means no grace period. */
export const FIRST_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGKILL'] as const;
/** A signal that an escalation may begin with. SIGKILL means no grace period. */
export type FirstSignal = (typeof FIRST_SIGNALS)[number];

/** The steps of a kill, from the first signal to giving up. */
export interface Escalation {
  /** First signal. Default SIGTERM. */
  signal: FirstSignal;
  /** Longest time from the first signal to SIGKILL, in ms; less if all processes exit. Default 25,000; 0 to 3,600,000. */
  graceMs: number;
  /** Time from the first SIGKILL to the report of survivors, in ms. Default 5,000; 100 to 600,000. */
  settleMs: number;
}

/** An {@link Escalation} as users write it: numbers are milliseconds, strings are the SDK's `Duration`. */
export interface EscalationOptions {
  /** First signal. Default SIGTERM. */
  signal?: FirstSignal;
  /** Default `'25s'`; 0 to 1 hour. */
  graceMs?: Duration;
  /** Default `'5s'`; 100 ms to 10 minutes. */
  settleMs?: Duration;
}

export const DEFAULT_ESCALATION: Readonly<Escalation> = { signal: 'SIGTERM', graceMs: 25_000, settleMs: 5_000 };

/** As the SDK reads durations, with the library that it uses; its own module loads much more. NaN: it is none. */
function parsed(text: Exclude<Duration, number>): number {
  try {
    return ms(text) ?? NaN;
  } catch {
    return NaN; // empty, too long, or no text
  }
}

/**
 * Reads a duration option.
 *
 * @throws ReaperError `OPTION_INVALID` when it is not a duration or outside the range
 */
export function durationMs(name: string, value: Duration, minMs: number, maxMs: number): number {
  const inMs = typeof value === 'number' ? value : parsed(value);
  if (!Number.isFinite(inMs) || inMs < minMs || inMs > maxMs) {
    throw new ReaperError(
      'OPTION_INVALID',
      `${name} is ${JSON.stringify(value)}: give a duration from ${minMs} to ${maxMs} ms, as a number or as text such as "25s"`,
    );
  }
  return inMs;
}

/**
 * Fills in the defaults and checks the ranges.
 *
 * @throws ReaperError `OPTION_INVALID`
 */
export function resolveEscalation(
  options: EscalationOptions = {},
  defaults: Escalation = DEFAULT_ESCALATION,
): Escalation {
  const unknown = Object.keys(options).filter((key) => !['signal', 'graceMs', 'settleMs'].includes(key));
  if (unknown.length > 0) {
    throw new ReaperError('OPTION_INVALID', `escalation has no option "${unknown.join('", "')}"`);
  }
  const signal = options.signal ?? defaults.signal;
  if (!FIRST_SIGNALS.includes(signal)) {
    throw new ReaperError(
      'OPTION_INVALID',
      `escalation.signal is ${JSON.stringify(signal)}: one of ${FIRST_SIGNALS.join(', ')}`,
    );
  }
  return {
    signal,
    graceMs: durationMs('escalation.graceMs', options.graceMs ?? defaults.graceMs, 0, 3_600_000),
    settleMs: durationMs('escalation.settleMs', options.settleMs ?? defaults.settleMs, 100, 600_000),
  };
}
