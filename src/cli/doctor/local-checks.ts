import { count } from '../render/count';
import type { Check } from './check';
import { levelCheck } from './level-check';
import type { LocalFacts } from './look-here';

/** The level that a worker would get here. Where none runs, a low one is no guarantee that is not met. */
export function levelHereCheck({ hostId, user, ...trial }: LocalFacts, isWorkerHost: boolean): Check {
  const check = levelCheck('containment here', hostId, trial);
  const found = `a worker of user ${user} gets ${check.found}`;
  return { ...check, found, status: check.status === 'fail' && !isWorkerHost ? 'warn' : check.status };
}

/** Processes that a sweep would kill. */
export function orphanCheck({ hostId, seesAll, orphans }: LocalFacts): Check {
  const check = { check: 'orphans here', subject: hostId };
  if (!orphans) return { ...check, status: 'warn', found: 'no marker is read here: nobody can tell' };
  if (orphans.length === 0) return { ...check, status: 'ok', found: seesAll ? 'none' : 'none that this user may see' };
  const names = orphans.map(({ pid, name, workerPid }) => `${pid} ${name} (of worker ${workerPid})`).join(', ');
  return {
    ...check,
    status: 'fail',
    found: `${count(orphans.length, 'process', 'processes')} without a worker: ${names}`,
    remedy: 'Run temporal-reaper sweep here, as the user of the workers',
  };
}
