import { type Context, CompleteAsyncError } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { describeAttempt } from '../contract/attempt-ref';
import { ATTEMPT_KILLED } from '../contract/errors';
import type { AttemptScope } from './attempt-scope';
import type { SentBeats } from './beat-deadline';
import type { AttemptKill } from './attempts';
import { hideOwnFrames } from './own-frames';

/** A heartbeat that has not brought the cancel by then is waiting for the SDK's throttle window, in ms. */
const HEARTBEAT_REPLY_MS = 100;

/** What the user's function came to. */
export type Settled = { value: unknown } | { error: unknown };

export async function settle(work: () => Promise<unknown>): Promise<Settled> {
  try {
    return { value: await work() };
  } catch (error) {
    hideOwnFrames(error);
    return { error };
  }
}

/** The SDK's way of reporting it. */
export function unwrap(settled: Settled): unknown {
  if ('error' in settled) throw settled.error;
  return settled.value;
}

/** Waits for the first of: the signal, the promise, the time. */
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

/** Brings the cancel to the attempt's own context, which alone lets the SDK report it as cancelled. */
export async function deliverCancel(
  context: Context,
  scope: AttemptScope,
  latestDetails: () => unknown,
  reportCancellation: (token: string) => Promise<void>,
): Promise<void> {
  const { promise: replyLate, clear } = delay(HEARTBEAT_REPLY_MS);
  context.heartbeat(latestDetails());
  const arrived = await aborted(context.cancellationSignal, replyLate);
  clear();
  // Refused where there is no cancel to report: the run is closed, or the activity paused. Then any ending will do.
  if (!arrived) await reportCancellation(scope.token).catch(() => undefined);
}

/**
 * Keeps the attempt from its heartbeat timeout: its function waits, or has ended, and beats no more. Not before half of the
 * timeout is over: a beat closes the SDK's throttle window, and the next one, which is to bring the cancel, would wait.
 */
export function keepAlive(context: Context, latestDetails: () => unknown, beats: SentBeats | undefined): () => void {
  if (!beats) return () => undefined;
  const timeoutMs = context.info.heartbeatTimeoutMs ?? 0;
  const beat = (): void => {
    if (beats.deadline.at - Date.now() < timeoutMs / 2) context.heartbeat(latestDetails());
  };
  beat();
  const timer = setInterval(beat, timeoutMs / 6);
  return () => clearInterval(timer);
}

function isAbortError(settled: Settled): boolean {
  return 'error' in settled && (settled.error as { name?: unknown } | null)?.name === 'AbortError';
}

/** A killed attempt whose function has settled. */
export interface KilledAttempt {
  context: Context;
  scope: AttemptScope;
  settled: Settled;
  /** Whether its context was cancelled before the function settled. */
  knewOfCancel: boolean;
  kill: AttemptKill;
  /** See {@link deliverCancel}. */
  deliver: () => Promise<void>;
}

/**
 * Decides what a killed attempt ends as. A kill makes the user's function fail ("exited by SIGTERM"), and an ordinary
 * failure would be retried before the cancel arrives; so the attempt is held open until the cancel is here.
 *
 * @returns the function's own value when it knew of the cancel before it returned
 * @throws what the SDK is to report otherwise
 */
export async function endKilledAttempt({
  context,
  scope,
  settled,
  knewOfCancel,
  kill,
  deliver,
}: KilledAttempt): Promise<unknown> {
  const { processes } = await kill.done;
  if ('error' in settled && settled.error instanceof CompleteAsyncError) throw settled.error;
  if (knewOfCancel && 'value' in settled) return settled.value;
  // The kill hit nothing and refused nothing: what the function did is its own. An AbortError alone the SDK would report as
  // cancelled whatever it was told.
  const untouched = processes.length === 0 && !scope.refusedAny && !scope.hasCleanup;
  if (untouched && !(context.cancellationSignal.aborted && (scope.startedAny || isAbortError(settled)))) {
    return unwrap(settled);
  }

  const signal = context.cancellationSignal;
  if (!signal.aborted && isHeld(kill) && (await isRequested(signal, kill))) {
    await deliver();
    // Reported by task token: the server has the result already and drops this one.
    if (!signal.aborted) throw new CancelledFailure('CANCELLED');
  }
  if (signal.aborted) throw signal.reason;

  const message = `${describeAttempt(scope.attempt)} was killed: ${kill.reason}`;
  throw ApplicationFailure.create({
    message,
    type: ATTEMPT_KILLED,
    nonRetryable: kill.then === 'cancel' || kill.then === 'fail',
    cause: 'error' in settled && settled.error instanceof Error ? settled.error : undefined,
  });
}

/** Whether Temporal's own end of the attempt is waited for. */
function isHeld({ then }: AttemptKill): boolean {
  return then === 'cancel' || then === 'expire';
}

/** Holds the attempt open; true as soon as the server has the cancel and the context does not. */
async function isRequested(signal: AbortSignal, { hold }: AttemptKill): Promise<boolean> {
  if (await aborted(signal, hold)) return false;
  return hold;
}
