import type { Context, Info } from '@temporalio/activity';
import { describeAttempt } from '../contract/attempt-ref';
import { keepAlive } from './end-killed-attempt';
import type { AttemptScope } from './attempt-scope';
import type { OpenAttempts } from './open-attempts';
import type { SentBeats } from './beat-deadline';
import type { ReaperLink } from './reaper-protocol';

/** What the fence of an attempt needs from the worker's reaper. */
export interface FenceTracking {
  link: Pick<ReaperLink, 'ask'>;
  attempts: Pick<OpenAttempts, 'log'>;
  /** Where earlier attempts must be dead before an attempt begins. */
  fence: 'host' | 'cluster' | 'off';
}

/** An activity that was reset starts over with attempt 1, later than it was scheduled. */
function mayBeReset({ attempt, isLocal, currentAttemptScheduledTimestampMs, scheduledTimestampMs }: Info): boolean {
  return attempt === 1 && !isLocal && currentAttemptScheduledTimestampMs > scheduledTimestampMs;
}

/** Whether the activity may have had earlier attempts. */
export function mayFollowOthers(info: Info): boolean {
  return info.attempt > 1 || mayBeReset(info);
}

/**
 * Waits until the processes of earlier attempts are dead, before the first line of an attempt runs. If the fence fails, the
 * attempt runs nevertheless.
 */
export async function waitForFence(
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
    // A local activity is retried on the same worker.
    const reach = info.isLocal ? 'host' : fence;
    await link.ask({ type: 'fence', token, attempt, isReset: mayBeReset(info), reach });
  } catch (error) {
    attempts.log('ERROR', 'Could not look for earlier attempts', {
      attempt: describeAttempt(attempt),
      error: String(error),
    });
  } finally {
    stopBeating();
  }
}
