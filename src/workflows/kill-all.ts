import { setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { answerLimit, fitOutcome } from '../contract/answer-size';
import type { KillResult } from '../contract/host-requests';
import type { CancelOutcome, HostOutcome } from '../contract/outcomes';
import { PROTOCOL_VERSION } from '../contract/version';
import type { KillAllRequest } from '../contract/workflow-requests';
import { controlActivities } from './activity-proxies';
import { askWorkers } from './ask-hosts';
import { describeHosts, describeWait } from './describe';

/** After this the caller has given up, and the processes that run now are not the ones that were meant. */
const LATEST_START_MS = 30_000;

/** Kills every process of every activity on the named hosts, or on all hosts. */
export async function killAll({ hostIds, reason, then, escalation }: KillAllRequest): Promise<CancelOutcome> {
  const requestedAt = workflowInfo().startTime.getTime();
  if (Date.now() - requestedAt > LATEST_START_MS) {
    throw ApplicationFailure.nonRetryable(
      'Nobody served the request in time, so nothing was killed',
      'CONTROL_UNSERVED',
    );
  }
  const workers = await controlActivities('find the hosts').locateWorkers();
  const wanted = workers.filter(({ hostId }) => !hostIds || hostIds.includes(hostId));
  const locatedAt = Date.now();
  setCurrentDetails(`kill all\n\n${describeWait(wanted.map(({ hostId }) => hostId))}`);
  const maxBytes = answerLimit(wanted.length);
  const answers = await askWorkers(wanted, 'everything', ({ kill }) =>
    kill({ version: PROTOCOL_VERSION, attempts: 'all', reason, then, escalation, maxBytes }),
  );
  const missing = (hostIds ?? [])
    .filter((hostId) => !wanted.some((worker) => worker.hostId === hostId))
    .map((hostId): HostOutcome<KillResult> => {
      return { hostId, workerPid: 0, status: 'unreachable', message: 'no worker with temporal-reaper polls there' };
    });
  const hosts = [...answers, ...missing];
  setCurrentDetails(`kill all\n\n${describeHosts(hosts)}`);
  return fitOutcome({ cancel: 'none', hosts, unguarded: [], unreached: [], requestedAt, locatedAt });
}
