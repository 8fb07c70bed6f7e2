import { answerLimit, fitListOutcome } from '../contract/answer-size';
import type { ListOutcome } from '../contract/outcomes';
import type { ListRequest } from '../contract/workflow-requests';
import { control } from './activity-proxies';
import { askWorkers } from './ask-hosts';

/** What every worker with a reaper holds: attempts and their live processes. */
export async function listProcesses({ hostIds }: ListRequest): Promise<ListOutcome> {
  const workers = await control('find the hosts').locateWorkers();
  const wanted = workers.filter(({ hostId }) => !hostIds || hostIds.includes(hostId));
  const maxBytes = answerLimit(wanted.length);
  return fitListOutcome({ hosts: await askWorkers(wanted, 'list', ({ list }) => list({ maxBytes })) });
}
