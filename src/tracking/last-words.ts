import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { COMMAND_FAILED, COMMAND_TIMED_OUT } from '../contract/errors';
import { type KillReport, type KillSummary, summaryOf } from '../contract/kill-report';
import type { SettledFunction } from './settled-function';

function errorOf(settled: SettledFunction): unknown {
  return 'error' in settled ? settled.error : undefined;
}

/** What a killed command leaves to whoever asks why: its result, as far as it came, and what the kill did. Otherwise nothing. */
export function lastWordsOf(settled: SettledFunction, report: KillReport): [result: unknown, kill: KillSummary] | [] {
  const error = errorOf(settled);
  if (!(error instanceof ApplicationFailure)) return [];
  if (error.type !== COMMAND_FAILED && error.type !== COMMAND_TIMED_OUT) return [];
  return [error.details?.[0], summaryOf(report)];
}

/**
 * The failure of a killed attempt that ends as cancelled. What its function itself threw as the answer to the cancel stands:
 * its details are the user's.
 *
 * @param reason why the attempt's context was cancelled; undefined if it was not
 */
export function cancelledFailureOf(settled: SettledFunction, report: KillReport, reason: unknown): CancelledFailure {
  const error = errorOf(settled);
  if (error instanceof CancelledFailure) return error;
  const lastWords = lastWordsOf(settled, report);
  if (reason instanceof CancelledFailure && lastWords.length === 0) return reason;
  return new CancelledFailure(reason instanceof CancelledFailure ? reason.message : 'CANCELLED', lastWords);
}
