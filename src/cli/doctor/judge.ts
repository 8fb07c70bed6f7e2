import type { ServerFacts } from '../../client/examine';
import { type DoctorReport, reportOf } from './check';
import { levelHereCheck, orphanCheck } from './local-checks';
import type { LocalFacts } from './look-here';
import { controlChecks, queueChecks, serverChecks } from './server-checks';
import { answerChecks, formChecks, guardianChecks, hostIdChecks, levelChecks, versionChecks } from './worker-checks';

/** What was found out: about the server and its workers, unless only this host was asked about, and about this host. */
export interface DoctorFacts {
  version: string;
  server?: ServerFacts;
  here: LocalFacts;
}

/** Whether workers of this host answer, or are what is asked about. */
function isWorkerHost({ server, here }: DoctorFacts): boolean {
  return !server || server.lists.some(({ hosts }) => hosts.some(({ hostId }) => hostId === here.hostId));
}

/** Judges the facts, check by check. */
export function judge(facts: DoctorFacts): DoctorReport {
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
