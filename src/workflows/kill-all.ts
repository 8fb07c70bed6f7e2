import { setCurrentDetails } from '@temporalio/workflow';
import type { CancelOutcome, HostOutcome, KillAllRequest, KillResult } from '../contract/requests';
import { control } from './activity-proxies';
import { askWorkers } from './ask-hosts';
import { describeHosts } from './kill-located';

/** Kills every process of every activity on the named hosts, or on all. */
export async function killAll({ hostIds, reason, then, escalation }: KillAllRequest): Promise<CancelOutcome> {
  const requestedAt = Date.now();
  const workers = await control('find the hosts').locateWorkers();
  const wanted = workers.filter(({ hostId }) => !hostIds || hostIds.includes(hostId));
  const locatedAt = Date.now();
  const answers = await askWorkers(wanted, 'kill everything', ({ kill }) =>
    kill({ attempts: 'all', reason, then, escalation }),
  );
  const missing = (hostIds ?? [])
    .filter((hostId) => !wanted.some((worker) => worker.hostId === hostId))
    .map((hostId): HostOutcome<KillResult> => {
      return { hostId, workerPid: 0, status: 'unreachable', message: 'no worker with temporal-reaper polls there' };
    });
  const hosts = [...answers, ...missing];
  setCurrentDetails(`kill all\n\n${describeHosts(hosts)}`);
  return { cancel: 'none', hosts, unguarded: [], unreached: [], requestedAt, locatedAt };
}
