import { monotonicMs } from '../process/clock';
import { type Context, CompleteAsyncError } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { describeAttempt } from '../contract/attempt-ref';
import { ATTEMPT_KILLED } from '../contract/errors';
import type { AttemptScope } from './attempt-scope';
import type { EarlyCancel } from './early-cancel';
import type { SentBeats } from './beat-deadline';
import { cancelledFailureOf, lastWordsOf } from './last-words';
import type { PendingKill } from './open-attempt';
import { type SettledFunction, unwrapSettled } from './settled-function';

/** A heartbeat that has not brought the cancel by then is waiting for the SDK's throttle window to end, in ms. */
const HEARTBEAT_REPLY_MS = 100;

/** Waits for the signal or the promise, whichever comes first; true when the signal is aborted. */
async function aborted(signal: AbortSignal, orAfter: Promise<unknown>): Promise<boolean> {
  if (signal.aborted) return true;
  let onAbort: () => void = () => undefined;
  const abort = new Promise<void>((resolve) => {
    onAbort = resolve;
    signal.addEventListener('abort', onAbort, { once: true });
  });
  await Promise.race([abort, orAfter]);
  signal.removeEventListener('abort', onAbort);
  return signal.aborted;
}

function delay(ms: number): { promise: Promise<void>; clear: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  return { promise, clear: () => clearTimeout(timer) };
}

/** Heartbeats; true when that has brought the cancel to the SDK. */
export async function fetchCancel(
  context: Context,
  sdkSignal: AbortSignal,
  latestDetails: () => unknown,
): Promise<boolean> {
  const { promise: replyLate, clear } = delay(HEARTBEAT_REPLY_MS);
  context.heartbeat(latestDetails());
  const arrived = await aborted(sdkSignal, replyLate);
  clear();
  return arrived;
}

/**
 * Brings the cancel to the attempt's own context; without it the SDK cannot report the attempt as cancelled.
 *
 * @returns whether it was reported by us instead
 */
export async function deliverCancel(
  context: Context,
  sdkSignal: AbortSignal,
  latestDetails: () => unknown,
  reportCancellation: () => Promise<unknown>,
): Promise<boolean> {
  if (await fetchCancel(context, sdkSignal, latestDetails)) return false;
  // Refused if there is no cancel to report: the run is closed, or the activity is paused. Then any outcome will do.
  return reportCancellation().then(
    () => true,
    () => false,
  );
}

/**
 * Keeps the attempt from timing out while its function waits or has ended and so sends no heartbeats. Sends none before
 * half of the timeout is over: a heartbeat starts the SDK's throttle window and would delay the one that fetches the cancel.
 */
export function keepAlive(context: Context, latestDetails: () => unknown, beats: SentBeats | undefined): () => void {
  if (!beats) return () => undefined;
  const timeoutMs = context.info.heartbeatTimeoutMs ?? 0;
  const beat = (): void => {
    if (beats.deadline.at - monotonicMs() < timeoutMs / 2) context.heartbeat(latestDetails());
  };
  beat();
  const timer = setInterval(beat, timeoutMs / 6);
  return () => clearInterval(timer);
}

function isAbortError(settled: SettledFunction): boolean {
  return 'error' in settled && (settled.error as { name?: unknown } | null)?.name === 'AbortError';
}

/** Whether the function has ended because it was told of a cancel. */
function isAnswer(settled: SettledFunction): boolean {
  return isAbortError(settled) || ('error' in settled && settled.error instanceof CancelledFailure);
}

/** A killed attempt whose function has settled. */
export interface KilledAttempt {
  early: EarlyCancel;
  scope: AttemptScope;
  settled: SettledFunction;
  /** Whether its context was cancelled before the function settled. */
  knewOfCancel: boolean;
  kill: PendingKill;
  /** See {@link deliverCancel}; `details` are those of the cancelled attempt. */
  deliver: (details: unknown[]) => Promise<boolean>;
}

/**
 * Decides how a killed attempt ends. A kill makes the user's function fail ("exited by SIGTERM"), and an ordinary failure
 * would be retried before the cancel arrives; so the attempt is held open until the cancel is here.
 *
 * @returns the function's own value if it knew of the cancel before it returned
 * @throws otherwise, the error that the SDK is to report
 */
export async function endKilledAttempt({
  early,
  scope,
  settled,
  knewOfCancel,
  kill,
  deliver,
}: KilledAttempt): Promise<unknown> {
  const report = await kill.done;
  const { processes } = report;
  if ('error' in settled && settled.error instanceof CompleteAsyncError) throw settled.error;
  if (knewOfCancel && 'value' in settled) return settled.value;
  // The kill hit nothing and refused nothing, so the function's outcome is its own. But the SDK would report an AbortError
  // as cancelled, whatever the reason of the abort.
  const untouched = processes.length === 0 && !scope.refusedAny && !scope.hasCleanup;
  const signal = early.sdkSignal;
  const mustReport = early.isAhead && isAnswer(settled);
  if (untouched && !mustReport && !(signal.aborted && (scope.startedAny || isAbortError(settled)))) {
    return unwrapSettled(settled);
  }

  if (!signal.aborted && isHeld(kill) && (await isRequested(signal, kill))) {
    const failure = cancelledFailureOf(settled, report, undefined);
    const isReported = await deliver(failure.details);
    // The only outcome that the SDK does not send: the server already has one, and sdk-core would warn of another.
    if (isReported) throw new CompleteAsyncError();
    if (!signal.aborted) throw failure;
  }
  if (signal.aborted) throw cancelledFailureOf(settled, report, signal.reason);

  const message = `${describeAttempt(scope.attempt)} was killed: ${kill.reason}`;
  throw ApplicationFailure.create({
    message,
    type: ATTEMPT_KILLED,
    details: lastWordsOf(settled, report),
    nonRetryable: kill.then === 'cancel' || kill.then === 'fail',
    cause: 'error' in settled && settled.error instanceof Error ? settled.error : undefined,
  });
}

/** Whether the attempt waits for Temporal to end it. */
function isHeld({ then }: PendingKill): boolean {
  return then === 'cancel' || then === 'expire';
}

/** Holds the attempt open; true as soon as the server has the cancel but the context does not. */
async function isRequested(signal: AbortSignal, { hold }: PendingKill): Promise<boolean> {
  if (await aborted(signal, hold)) return false;
  return hold;
}
