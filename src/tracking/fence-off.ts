import type { Context, Info } from '@temporalio/activity';
import { describeAttempt } from '../contract/attempt-ref';
import { keepAlive } from './attempt-ending';
import type { AttemptScope } from './attempt-scope';
import type { Attempts } from './attempts';
import type { SentBeats } from './beat-deadline';
import type { ReaperLink } from './link';

/** What the fence of an attempt needs of the worker's reaper. */
export interface FenceTracking {
  link: Pick<ReaperLink, 'fence'>;
  attempts: Pick<Attempts, 'log'>;
  /** Where earlier attempts have to be dead before an attempt begins. */
  fence: 'host' | 'cluster' | 'off';
}

/** An activity that is reset begins again with attempt 1, later than it was scheduled. */
function mayBeReset({ attempt, isLocal, currentAttemptScheduledTimestampMs, scheduledTimestampMs }: Info): boolean {
  return attempt === 1 && !isLocal && currentAttemptScheduledTimestampMs > scheduledTimestampMs;
}

/** Whether earlier attempts of its activity may have been. */
export function mayFollowOthers(info: Info): boolean {
  return info.attempt > 1 || mayBeReset(info);
}

/**
 * Before the first line of an attempt, earlier attempts' processes are dead; a fence that breaks keeps no attempt from
 * running.
 */
export async function fenceOff(
  context: Context,
  { token, attempt }: AttemptScope,
  { link, attempts, fence }: FenceTracking,
  latestDetails: () => unknown,
  beats: SentBeats | undefined,
): Promise<void> {
  if (fence === 'off') return;
  const { info } = context;
  const stopBeating = keepAlive(context, latestDetails, beats);
  try {
    // A local activity is tried again where it was.
    await link.fence({ token, attempt, isReset: mayBeReset(info), reach: info.isLocal ? 'host' : fence });
  } catch (error) {
    attempts.log('ERROR', 'Could not look for earlier attempts', {
      attempt: describeAttempt(attempt),
      error: String(error),
    });
  } finally {
    stopBeating();
  }
}
