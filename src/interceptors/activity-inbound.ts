import { randomUUID } from 'node:crypto';
import { CompleteAsyncError, type Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import { type Settled, deliverCancel, endKilledAttempt, unwrap } from '../tracking/attempt-ending';
import { attemptOf } from '../tracking/attempt-of';
import { AttemptScope, type WorkerMark, scopeStorage } from '../tracking/attempt-scope';
import type { Attempts } from '../tracking/attempts';
import { recordHeartbeats } from '../tracking/heartbeats';
import type { Leftovers, ReaperLink } from '../tracking/link';
import type { Escalation } from '../contract/escalation';

/** What the interceptor needs of the worker's reaper. */
export interface ActivityTracking {
  mark: WorkerMark;
  link: ReaperLink;
  attempts: Attempts;
  ownSession: boolean;
  leftovers: 'leave' | 'warn' | 'kill';
  escalationOf(activityType: string): Escalation;
}

/** Opens a scope around an attempt, kills when it ends in any way but its own, and decides what it ends as. */
export function activityInterceptors(context: Context, tracking: ActivityTracking): ActivityInterceptors {
  const { link, attempts, leftovers } = tracking;
  const { info } = context;
  return {
    inbound: {
      async execute(input, next) {
        const token = `${info.base64TaskToken}/${randomUUID()}`;
        const scope = new AttemptScope(token, attemptOf(info), tracking.mark, tracking.ownSession, link);
        const latestDetails = recordHeartbeats(context);
        const signal = context.cancellationSignal;
        const killNow = (): void => {
          const reason = `it was told to stop (${(signal.reason as Error).message})`;
          link.kill(token, 'cancel', reason).catch((error) => {
            attempts.log('ERROR', 'A kill broke', { error: String(error) });
          });
        };
        attempts.add(scope);
        link.open({
          token,
          attempt: scope.attempt,
          activityType: info.activityType,
          taskToken: info.taskToken,
          escalation: tracking.escalationOf(info.activityType),
          watchable: !info.isLocal && info.workflowExecution !== undefined,
          door: scope.door.memory,
        });
        signal.addEventListener('abort', killNow, { once: true });
        let left: Leftovers = 'leave';
        let staysOpen = false;
        try {
          const settled = await scopeStorage.run(scope, () => settle(() => next(input)));
          const knewOfCancel = signal.aborted;
          staysOpen = 'error' in settled && settled.error instanceof CompleteAsyncError;
          const kill = await attempts.killOf(token);
          if (kill) {
            const deliver = (): Promise<void> =>
              deliverCancel(context, scope, latestDetails, (held) => link.reportCancellation(held));
            return await endKilledAttempt(context, scope, settled, knewOfCancel, kill, deliver);
          }
          if (scope.startedAny && !staysOpen) {
            if ('error' in settled) await link.kill(token, 'retry', 'its function threw');
            else if (leftovers === 'kill') await link.kill(token, 'retry', 'its function returned');
            else left = leftovers;
          }
          return unwrap(settled);
        } finally {
          signal.removeEventListener('abort', killNow);
          // An attempt that completes asynchronously keeps its processes; the watch kills them when it is over.
          link.close(token, staysOpen ? 'keep' : left);
          attempts.delete(token);
        }
      },
    },
  };
}

async function settle(work: () => Promise<unknown>): Promise<Settled> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}
