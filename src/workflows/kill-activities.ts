import { setCurrentDetails } from '@temporalio/workflow';
import type { KillActivitiesRequest } from '../contract/workflow-requests';
import { controlActivities } from './activity-proxies';
import { describeHosts } from './describe';
import { killLocated } from './kill-located';

/**
 * Kills the processes of activities whose cancel is coming, for a run that cannot request the kill itself. Each attempt is
 * held open until its cancel arrives.
 */
export async function killActivities({ workflowId, runId, activityIds, reason }: KillActivitiesRequest): Promise<void> {
  const { attempts } = await controlActivities(`find activities of ${workflowId}`).locate({
    workflowId,
    runId,
    activityIds,
  });
  const hosts = await killLocated(attempts, { reason, then: 'cancel' });
  setCurrentDetails(`kill of activities of \`${workflowId}\`\n\n${describeHosts(hosts)}`);
}
