import { answerLimit, fitListOutcome } from '../contract/answer-size';
import type { ListOutcome } from '../contract/outcomes';
import type { ListRequest } from '../contract/workflow-requests';
import { controlActivities } from './activity-proxies';
import { askWorkers } from './ask-hosts';

/** Lists the attempts that every worker with a reaper holds, with their live processes. */
export async function listProcesses({ hostIds }: ListRequest): Promise<ListOutcome> {
  const workers = await controlActivities('find the hosts').locateWorkers();
  const wanted = workers.filter(({ hostId }) => !hostIds || hostIds.includes(hostId));
  const maxBytes = answerLimit(wanted.length);
  return fitListOutcome({ hosts: await askWorkers(wanted, 'the processes', ({ list }) => list({ maxBytes })) });
}
