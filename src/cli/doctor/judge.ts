import type { ServerFacts } from '../../client/examine';
import { type DoctorReport, reportOf } from './check';
import { levelHereCheck, orphanCheck } from './local-checks';
import type { LocalFacts } from './look-here';
import { controlChecks, queueChecks, serverChecks } from './server-checks';
import { answerChecks, formChecks, guardianChecks, hostIdChecks, levelChecks, versionChecks } from './worker-checks';

/** Facts about this host and, unless only this host is checked, about the server and its workers. */
export interface DoctorFacts {
  version: string;
  server?: ServerFacts;
  here: LocalFacts;
}

/** Whether this host runs workers: one answered, or the doctor checks this host alone. */
function isWorkerHost({ server, here }: DoctorFacts): boolean {
  return !server || server.lists.some(({ hosts }) => hosts.some(({ hostId }) => hostId === here.hostId));
}

/** Judges the facts, check by check. */
export function judgeFacts(facts: DoctorFacts): DoctorReport {
  const { version, server, here } = facts;
  const remote = server
    ? [
        ...serverChecks(server),
        ...controlChecks(server),
        ...queueChecks(server),
        ...answerChecks(server),
        ...versionChecks(server, version),
        ...hostIdChecks(server),
        ...levelChecks(server),
        ...formChecks(server),
        ...guardianChecks(server),
      ]
    : [];
  return reportOf([...remote, levelHereCheck(here, isWorkerHost(facts)), orphanCheck(here)]);
}
