import { CompleteAsyncError, type Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import type { Escalation } from '../contract/escalation';
import { type AfterKill } from '../contract/host-requests';
import { LOCATE_LOCAL_ACTIVITY } from '../contract/names';
import { fenceOff, mayFollowOthers } from '../tracking/fence-off';
import { deliverCancel, endKilledAttempt, keepAlive, settle, unwrap } from '../tracking/attempt-ending';
import { attemptOf } from '../tracking/attempt-of';
import type { Encloser } from '../process/containment/enclosure';
import { nowTicks } from '../process/identity';
import type { WorkerMark } from '../process/marker';
import { AttemptScope, scopeStorage } from '../tracking/attempt-scope';
import { SentBeats } from '../tracking/beat-deadline';
import type { Attempts } from '../tracking/attempts';
import { runCleanups } from '../tracking/cleanups';
import { deadlineOf } from '../tracking/deadline-of';
import { recordHeartbeats } from '../tracking/heartbeats';
import { LateOpening } from '../tracking/late-opening';
import type { Leftovers, ReaperLink } from '../tracking/link';
import type { NeverTracks } from '../tracking/never-track';
import { noteTracked } from '../tracking/tracked-contexts';

/** What the interceptor needs of the worker's reaper. */
export interface ActivityTracking {
  mark: WorkerMark;
  link: ReaperLink;
  attempts: Attempts;
  ownSession: boolean;
  /** Encloses what attempts start, at a level that does. */
  encloser?: Encloser;
  leftovers: 'leave' | 'warn' | 'kill';
  /** Where earlier attempts have to be dead before an attempt begins. */
  fence: 'host' | 'cluster' | 'off';
  neverTracks: NeverTracks;
  escalationOf(activityType: string): Escalation;
}

/** What it needs of the Worker that runs the attempt. */
export interface HostingWorker {
  /** Grace that a shutdown leaves to processes, in ms; undefined: as much as they are given. */
  readonly shutdownMs: number | undefined;
  /** How often the SDK sends heartbeats at most, in ms, for that heartbeat timeout. */
  heartbeatThrottleMs(timeoutMs: number): number;
}

/** A task token names an attempt, but a mock environment uses one for several. */
let nextToken = 1;

/**
 * Opens a scope around an attempt, kills when it ends in any way but its own, and decides what it ends as. An attempt
 * begins when the reaper is ready for it.
 */
export function activityInterceptors(
  context: Context,
  ready: Promise<ActivityTracking>,
  worker: HostingWorker,
): ActivityInterceptors {
  const { info } = context;
  return {
    inbound: {
      async execute(input, next) {
        if (info.activityType === LOCATE_LOCAL_ACTIVITY) return next(input);
        const tracking = await ready;
        noteTracked(context);
        const { link, attempts, leftovers } = tracking;
        const token = `${info.base64TaskToken}/${nextToken++}`;
        const { mark, ownSession, encloser } = tracking;
        const scope = new AttemptScope(token, attemptOf(info), mark, ownSession, link, encloser);
        const heartbeatTimeoutMs = info.heartbeatTimeoutMs ?? 0;
        const beats = sentBeatsOf(heartbeatTimeoutMs, worker);
        const latestDetails = recordHeartbeats(context, (now) => beats?.beat(now));
        const signal = context.cancellationSignal;
        const kill = (then: AfterKill, reason: string, graceMs?: number): Promise<void> =>
          attempts.kill(token, link, then, reason, graceMs);
        const killNow = (): void => {
          const { message } = signal.reason as Error;
          const graceMs = message === 'WORKER_SHUTDOWN' ? worker.shutdownMs : undefined;
          void kill('cancel', `it was told to stop (${message})`, graceMs);
        };
        const escalation = tracking.escalationOf(info.activityType);
        const deadlineAt = deadlineOf(info, Date.now());
        attempts.add({ scope, graceMs: escalation.graceMs, deadlineAt, worker });
        const sinceTicks = nowTicks();
        let stopBeating = (): void => undefined;
        scope.keepAlive = () => {
          stopBeating();
          stopBeating = keepAlive(context, latestDetails, beats);
        };
        const opening = new LateOpening(() =>
          link.open({
            token,
            attempt: scope.attempt,
            activityType: info.activityType,
            // A copy: the SDK's is a view of the whole task, arguments and all.
            taskToken: new Uint8Array(info.taskToken),
            sinceTicks,
            escalation,
            heartbeatTimeoutMs,
            beatDeadline: beats?.deadline.memory,
            isLocal: info.isLocal,
            deadlineAt,
            leftovers,
            door: scope.door.memory,
          }),
        );
        scope.tellReaper = () => opening.now();
        scope.neverTracks = tracking.neverTracks;
        scope.tellOfStranger = (program) => attempts.tellOfStranger(scope, program);
        scope.cleanUpLate = () => void runCleanups(scope, escalation.graceMs, attempts.log);
        if (signal.aborted) killNow();
        else signal.addEventListener('abort', killNow, { once: true });
        // A function that goes on without its processes has to learn of the cancel too, or it would never end.
        void attempts.cancelRequestedOf(token)?.then(() => {
          if (!scope.hasSettled && !signal.aborted) context.heartbeat(latestDetails());
        });
        let left: Leftovers = 'leave';
        let staysOpen = false;
        let mayStartMore = false;
        try {
          if (mayFollowOthers(info)) await fenceOff(context, scope, tracking, latestDetails, beats);
          const settled = await scopeStorage.run(scope, () => settle(() => next(input)));
          scope.hasSettled = true;
          // What it returns once its cleanup was cut off is no result.
          const knewOfCancel = signal.aborted && !scope.door.isShut;
          staysOpen = 'error' in settled && settled.error instanceof CompleteAsyncError;
          mayStartMore = staysOpen || (!('error' in settled) && leftovers !== 'kill');
          if (!mayStartMore || scope.door.closings > 0) scope.door.shut();
          if (scope.hasCleanedUp) await attempts.finish(token, link);
          const killing = await attempts.killOf(token);
          if (killing) {
            mayStartMore = false;
            const deliver = (): Promise<void> =>
              deliverCancel(context, scope, latestDetails, (held) => link.reportCancellation(held));
            return await endKilledAttempt({
              context,
              scope,
              settled,
              knewOfCancel,
              kill: killing,
              deliver,
            });
          }
          if (scope.startedAny && !staysOpen) {
            if ('error' in settled) await kill('retry', 'its function threw');
            else if (leftovers === 'kill') await kill('retry', 'its function returned');
            else left = leftovers;
          }
          return unwrap(settled);
        } finally {
          signal.removeEventListener('abort', killNow);
          stopBeating();
          // An attempt that completes asynchronously keeps its processes; the watch kills them when it is over.
          opening.cancel();
          if (opening.isOpen) link.close(token, staysOpen && mayHaveWork(scope) ? 'keep' : left);
          attempts.delete(token);
          // What it has started and not awaited may go on, and start more.
          if (!mayStartMore) scope.door.shut();
          else if (!staysOpen) scope.hasReturned = true;
        }
      },
    },
  };
}

function sentBeatsOf(timeoutMs: number, worker: HostingWorker): SentBeats | undefined {
  if (timeoutMs === 0) return undefined;
  return new SentBeats(timeoutMs, worker.heartbeatThrottleMs(timeoutMs), Date.now());
}

function mayHaveWork({ startedAny, hasCleanup }: AttemptScope): boolean {
  return startedAny || hasCleanup;
}
