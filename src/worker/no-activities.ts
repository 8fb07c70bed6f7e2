import { SdkComponent } from '@temporalio/common';
import { Runtime, type Worker } from '@temporalio/worker';
import { LOCATE_LOCAL_ACTIVITY } from '../contract/names';

/** Logs the SDK's warning about a Worker without activities, which the activity that we add would suppress. */
export function warnOfNoActivities({ options }: Pick<Worker, 'options'>): void {
  const { activities, taskQueue } = options;
  if (activities?.size !== 1 || !activities.has(LOCATE_LOCAL_ACTIVITY)) return;
  const attributes = { sdkComponent: SdkComponent.worker, taskQueue };
  Runtime.instance().logger.warn('No activities registered, not polling for activity tasks', attributes);
}
