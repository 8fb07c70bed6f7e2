import { countOf } from '../render/count';
import type { DoctorCheck } from './check';
import { levelCheck } from './level-check';
import type { LocalFacts } from './look-here';

/** The level that a worker would get here. Where no worker runs, a low level breaks no guarantee. */
export function levelHereCheck({ hostId, user, ...trial }: LocalFacts, isWorkerHost: boolean): DoctorCheck {
  const check = levelCheck('containment here', hostId, trial);
  const found = `a worker of user ${user} gets ${check.found}`;
  return { ...check, found, status: check.status === 'fail' && !isWorkerHost ? 'warn' : check.status };
}

/** Processes that a sweep would kill. */
export function orphanCheck({ hostId, seesAll, orphans, doubted = 0 }: LocalFacts): DoctorCheck {
  const check = { check: 'orphans here', subject: hostId };
  if (!orphans) return { ...check, status: 'warn', found: 'unknown: markers cannot be read here' };
  const remedy = 'Run temporal-reaper sweep here, as the user of the workers';
  if (orphans.length === 0 && doubted > 0) {
    const found = `none of this user, but ${countOf(doubted, 'process', 'processes')} of others may be`;
    return { ...check, status: 'warn', found, remedy };
  }
  if (orphans.length === 0) return { ...check, status: 'ok', found: seesAll ? 'none' : 'none that this user can see' };
  const names = orphans.map(({ pid, name, workerPid }) => `${pid} ${name} (of worker ${workerPid})`).join(', ');
  return {
    ...check,
    status: 'fail',
    found: `${countOf(orphans.length, 'process', 'processes')} without a worker: ${names}`,
    remedy,
  };
}
