import { SdkComponent } from '@temporalio/common';
import { Runtime, type Worker } from '@temporalio/worker';
import { LOCATE_LOCAL_ACTIVITY } from '../contract/names';

/** What the SDK says of a Worker without activities: the one that we add would keep it from saying so. */
export function warnOfNoActivities({ options }: Pick<Worker, 'options'>): void {
  const { activities, taskQueue } = options;
  if (activities?.size !== 1 || !activities.has(LOCATE_LOCAL_ACTIVITY)) return;
  const attributes = { sdkComponent: SdkComponent.worker, taskQueue };
  Runtime.instance().logger.warn('No activities registered, not polling for activity tasks', attributes);
}
