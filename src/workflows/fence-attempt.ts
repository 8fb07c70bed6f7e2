import { setCurrentDetails } from '@temporalio/workflow';
import type { KillResult } from '../contract/host-requests';
import type { HostOutcome } from '../contract/outcomes';
import type { FenceRequest } from '../contract/workflow-requests';
import { askHost } from './ask-hosts';
import { describeHosts } from './kill-located';

/**
 * Has every worker kill what attempts before this one have on its host. Each is asked on its own task queue: any of a
 * host's kills all that the host has, and one that is stopped must not take the request from another.
 */
export async function fenceAttempt({ before, isReset, workers }: FenceRequest): Promise<HostOutcome<KillResult>[]> {
  const hosts = await Promise.all(
    workers.map((worker) => {
      const summary = `attempts before ${before.attempt} on ${worker.hostId}`;
      return askHost(worker, summary, ({ killEarlier }) => killEarlier({ before, isReset }), false);
    }),
  );
  setCurrentDetails(`fence of attempt ${before.attempt} of \`${before.activityId}\`\n\n${describeHosts(hosts)}`);
  return hosts;
}
