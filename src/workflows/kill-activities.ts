import { setCurrentDetails } from '@temporalio/workflow';
import type { KillActivitiesRequest } from '../contract/workflow-requests';
import { control } from './activity-proxies';
import { describeHosts, killLocated } from './kill-located';

/**
 * Kills the processes of activities whose cancel is on its way: of a run that cannot ask for the kill itself. An attempt is
 * held open until the cancel arrives.
 */
export async function killActivities({ workflowId, runId, activityIds, reason }: KillActivitiesRequest): Promise<void> {
  const { attempts } = await control(`find activities of ${workflowId}`).locate({ workflowId, runId, activityIds });
  const hosts = await killLocated(attempts, { reason, then: 'cancel' });
  setCurrentDetails(`kill of activities of \`${workflowId}\`\n\n${describeHosts(hosts)}`);
}
