import { setCurrentDetails } from '@temporalio/workflow';
import { answerLimit, fitKillHosts } from '../contract/answer-size';
import type { KillResult } from '../contract/host-requests';
import type { HostOutcome } from '../contract/outcomes';
import { PROTOCOL_VERSION } from '../contract/version';
import type { FenceRequest } from '../contract/workflow-requests';
import { askHost } from './ask-hosts';
import { describeHosts } from './describe';

/**
 * Has every worker kill the processes that earlier attempts left on its host. One worker per host would do, but each is
 * asked on its own task queue, so that a stopped worker cannot take the request away from a running one.
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
