import { setCurrentDetails } from '@temporalio/workflow';
import { answerLimit, fitKillHosts } from '../contract/answer-size';
import type { KillResult } from '../contract/host-requests';
import type { HostOutcome } from '../contract/outcomes';
import { PROTOCOL_VERSION } from '../contract/version';
import type { FenceRequest } from '../contract/workflow-requests';
import { askHost } from './ask-hosts';
import { describeHosts } from './kill-located';

/**
 * Has every worker kill what attempts before this one have on its host. Each is asked on its own task queue: any of a
 * host's kills all that the host has, and one that is stopped must not take the request from another.
 */
export async function fenceAttempt({ before, isReset, workers }: FenceRequest): Promise<HostOutcome<KillResult>[]> {
  const maxBytes = answerLimit(workers.length);
  const hosts = await Promise.all(
    workers.map((worker) => {
      const summary = `attempts before ${before.attempt} on ${worker.hostId}`;
      const request = { version: PROTOCOL_VERSION, before, isReset, maxBytes };
      return askHost(worker, summary, ({ killEarlier }) => killEarlier(request), false);
    }),
  );
  setCurrentDetails(`fence of attempt ${before.attempt} of \`${before.activityId}\`\n\n${describeHosts(hosts)}`);
  return fitKillHosts(hosts);
}
