import type { ServerFacts } from '../../client/examine';
import type { GuardianState, ListResult } from '../../contract/host-requests';
import { count } from '../render/count';
import type { Check } from './check';
import { levelCheck } from './level-check';

function answersOf({ lists }: ServerFacts): ListResult[] {
  return (lists[0]?.hosts ?? []).flatMap(({ result }) => result ?? []);
}

const nameOf = ({ hostId, workerPid }: { hostId: string; workerPid: number }): string => `${hostId}/${workerPid}`;

function workers(number: number): string {
  return count(number, 'worker', 'workers');
}

/** Whether every worker answers. */
export function answerChecks({ lists, listProblem }: ServerFacts): Check[] {
  if (listProblem) {
    const { code, message } = listProblem;
    return [{ check: 'workers', status: 'fail', code, found: `they cannot be asked: ${message}` }];
  }
  if (lists.length === 0) return [];
  // The second question may have met another worker than the first.
  const silent = new Map(
    lists.flatMap(({ hosts }) =>
      hosts.filter(({ status }) => status !== 'answered').map((each) => [nameOf(each), each]),
    ),
  );
  const failures = [...silent].map(([subject, { status, message }]): Check => ({
    check: 'workers',
    status: 'fail',
    subject,
    found: message ? `${status}: ${message}` : status,
    remedy:
      'See whether the process runs (or is stopped) and reaches Temporal. Temporal lists one that ended for up to five minutes more',
  }));
  const answered = lists[0].hosts.filter((each) => !silent.has(nameOf(each))).length;
  if (answered > 0) return [{ check: 'workers', status: 'ok', found: `${workers(answered)} answered` }, ...failures];
  if (failures.length > 0) return failures;
  return [{ check: 'workers', status: 'fail', found: 'none', remedy: 'Start a worker with ReaperPlugin' }];
}

/** Whether workers and this program are of one version. */
export function versionChecks(facts: ServerFacts, ownVersion: string): Check[] {
  const answers = answersOf(facts);
  if (answers.length === 0) return [];
  const others = answers.filter(({ version }) => version !== ownVersion);
  if (others.length === 0) return [{ check: 'versions', status: 'ok', found: `all ${ownVersion}` }];
  return others.map((each) => ({
    check: 'versions',
    status: 'warn',
    subject: nameOf(each),
    found: `${each.version}; this program is ${ownVersion}`,
    remedy: 'Update workers and clients to the same version',
  }));
}

/** Whether each host id means one PID namespace of one running kernel. */
export function hostIdChecks({ lists }: ServerFacts): Check[] {
  const places = new Map<string, Set<string>>();
  for (const { result } of lists.flatMap(({ hosts }) => hosts)) {
    if (!result?.origin) continue;
    const { bootId, pidNamespace } = result.origin;
    places.set(result.hostId, (places.get(result.hostId) ?? new Set()).add(`${bootId} ${pidNamespace}`));
  }
  const clashes = [...places].filter(([, { size }]) => size > 1);
  if (places.size === 0) return [];
  if (clashes.length === 0)
    return [{ check: 'host ids', status: 'ok', found: `${places.size} in use, each by one host` }];
  return clashes.map(([hostId, { size }]) => ({
    check: 'host ids',
    status: 'fail',
    subject: hostId,
    found: `${size} machines or containers go by it: they get each other's kills`,
    remedy: 'Give each the option hostId of its own, or leave the option out',
  }));
}

/** The containment levels, one line for all workers of a host that say the same. */
export function levelChecks(facts: ServerFacts): Check[] {
  const checks = answersOf(facts).map(({ hostId, level, levelReason, levelRemedy }) =>
    levelCheck('containment', hostId, { level, reason: levelReason, remedy: levelRemedy }),
  );
  return [...new Map(checks.map((check) => [JSON.stringify(check), check])).values()];
}

/** Whether a blocked main loop blocks kills. */
export function formChecks(facts: ServerFacts): Check[] {
  const answers = answersOf(facts);
  const inline = answers.filter(({ form }) => form === 'inline');
  const threads = answers.length - inline.length;
  const warnings = inline.map((each): Check => ({
    check: 'form',
    status: 'warn',
    subject: nameOf(each),
    found: 'inline: while its main loop is blocked, nothing is killed',
    remedy: 'Give the plugin to NativeConnection.connect, or set its option connection',
  }));
  if (threads === 0) return warnings;
  return [{ check: 'form', status: 'ok', found: `${workers(threads)} with a thread of the reaper's own` }, ...warnings];
}

const GUARDIAN: Record<Exclude<GuardianState, 'running'>, Omit<Check, 'check' | 'subject'>> = {
  off: {
    status: 'warn',
    found: 'none: what the worker leaves when it dies lives until a sweep',
    remedy: 'Leave out guardian: false; at level basic there can be none',
  },
  gone: {
    status: 'fail',
    found: 'it died, and no new one runs yet: if the worker dies now, its processes live until a sweep',
    remedy: 'Look at the log of that worker for "The guardian is gone"',
  },
};

/** Whether something outlives each worker. */
export function guardianChecks(facts: ServerFacts): Check[] {
  const answers = answersOf(facts);
  const running = answers.filter(({ guardian }) => guardian === 'running').length;
  const others = answers.flatMap((each): Check[] => {
    const { guardian } = each;
    if (guardian === undefined || guardian === 'running') return [];
    return [{ check: 'guardian', subject: nameOf(each), ...GUARDIAN[guardian] }];
  });
  if (running === 0) return others;
  return [{ check: 'guardian', status: 'ok', found: `${workers(running)} with a guardian that runs` }, ...others];
}
