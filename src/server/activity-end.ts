import type { ConnectionLike } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { type HistoryEvent, type RunOfHistory, historyBackwards } from './history-backwards';

/** How an activity has ended, and what it has left in the run's history. */
export interface ActivityEnd {
  activityId: string;
  kind: 'completed' | 'failed' | 'cancelled' | 'timed-out';
  /** The result, or the details of the failure or of the cancel; the last heartbeat's details at a timeout. */
  payloads: Payload[];
  /** The type of an application failure. */
  failureType?: string;
  message?: string;
}

interface EventEnd extends Omit<ActivityEnd, 'activityId'> {
  scheduledEventId: string;
}

type Failure = NonNullable<HistoryEvent['activityTaskFailedEventAttributes']>['failure'];

function ofFailure(failure: Failure): Pick<EventEnd, 'payloads' | 'failureType' | 'message'> {
  const { applicationFailureInfo: application, timeoutFailureInfo: timeout, message } = failure ?? {};
  const payloads = application?.details?.payloads ?? timeout?.lastHeartbeatDetails?.payloads ?? [];
  return { payloads, failureType: application?.type ?? undefined, message: message ?? undefined };
}

/** The activity's end that an event records; undefined for another event. */
function endIn(event: HistoryEvent): EventEnd | undefined {
  const {
    activityTaskCompletedEventAttributes: completed,
    activityTaskFailedEventAttributes: failed,
    activityTaskCanceledEventAttributes: cancelled,
    activityTaskTimedOutEventAttributes: timedOut,
  } = event;
  const of = String((completed ?? failed ?? cancelled ?? timedOut)?.scheduledEventId);
  if (completed) return { scheduledEventId: of, kind: 'completed', payloads: completed.result?.payloads ?? [] };
  if (cancelled) return { scheduledEventId: of, kind: 'cancelled', payloads: cancelled.details?.payloads ?? [] };
  if (failed) return { scheduledEventId: of, kind: 'failed', ...ofFailure(failed.failure) };
  if (timedOut) return { scheduledEventId: of, kind: 'timed-out', ...ofFailure(timedOut.failure) };
  return undefined;
}

/** The ends of a run's activities, of the one that was scheduled last first. */
export async function* activityEnds(connection: ConnectionLike, run: RunOfHistory): AsyncGenerator<ActivityEnd> {
  const ends = new Map<string, EventEnd>();
  for await (const event of historyBackwards(connection, run)) {
    const end = endIn(event);
    if (end) ends.set(end.scheduledEventId, end);
    const activityId = event.activityTaskScheduledEventAttributes?.activityId;
    const found = activityId && ends.get(String(event.eventId));
    if (found) {
      const { scheduledEventId: _, ...rest } = found;
      yield { activityId, ...rest };
    }
  }
}
