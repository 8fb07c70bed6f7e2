import type { Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor, ActivityInterceptors } from '@temporalio/worker';
import { LOCATE_LOCAL_ACTIVITY } from '../contract/names';
import { AttemptRun, type ActivityTracking, type HostingWorker } from '../tracking/attempt-run';
import { callersOf } from '../tracking/own-frames';

/** Runs each attempt of the user's activities as an {@link AttemptRun}, which begins once the reaper is ready. */
export function activityInterceptors(
  context: Context,
  ready: Promise<ActivityTracking>,
  worker: HostingWorker,
): ActivityInterceptors {
  const inbound: Required<ActivityInboundCallsInterceptor> = {
    execute(input, next) {
      if (context.info.activityType === LOCATE_LOCAL_ACTIVITY) return next(input);
      return AttemptRun.execute(context, ready, worker, () => next(input), callersOf(inbound.execute));
    },
  };
  return { inbound };
}
