import type { ServerFacts } from '../../client/examine';
import type { GuardianState, ListResult } from '../../contract/host-requests';
import { countOf } from '../render/count';
import type { DoctorCheck } from './check';
import { levelCheck } from './level-check';

function answersOf({ lists }: ServerFacts): ListResult[] {
  return (lists[0]?.hosts ?? []).flatMap(({ result }) => result ?? []);
}

const nameOf = ({ hostId, workerPid }: { hostId: string; workerPid: number }): string => `${hostId}/${workerPid}`;

function workers(number: number): string {
  return countOf(number, 'worker', 'workers');
}

/** Whether every worker answers. */
export function answerChecks({ lists, listProblem }: ServerFacts): DoctorCheck[] {
  if (listProblem) {
    const { code, message } = listProblem;
    return [{ check: 'workers', status: 'fail', code, found: `cannot be asked: ${message}` }];
  }
  if (lists.length === 0) return [];
  // Two workers may share a task queue, so the second question may have reached another worker.
  const silent = new Map(
    lists.flatMap(({ hosts }) =>
      hosts.filter(({ status }) => status !== 'answered').map((each) => [nameOf(each), each]),
    ),
  );
  const failures = [...silent].map(([subject, { status, message }]): DoctorCheck => ({
    check: 'workers',
    status: 'fail',
    subject,
    found: message ? `${status}: ${message}` : status,
    remedy:
      'Check that the process runs, is not stopped, and reaches Temporal. Temporal lists an ended worker for up to five minutes',
  }));
  const answered = lists[0].hosts.filter((each) => !silent.has(nameOf(each))).length;
  if (answered > 0) return [{ check: 'workers', status: 'ok', found: `${workers(answered)} answered` }, ...failures];
  if (failures.length > 0) return failures;
  return [{ check: 'workers', status: 'fail', found: 'none', remedy: 'Start a worker with ReaperPlugin' }];
}

/** Whether all workers and this program have the same version. */
export function versionChecks(facts: ServerFacts, ownVersion: string): DoctorCheck[] {
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

/** Whether each host id stands for exactly one PID namespace of one booted kernel. */
export function hostIdChecks({ lists }: ServerFacts): DoctorCheck[] {
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
    found: `${size} machines or containers share it: they get each other's kills`,
    remedy: 'Give each its own hostId, or leave the option out',
  }));
}

/** The containment levels: one line for all workers of a host with the same answer. */
export function levelChecks(facts: ServerFacts): DoctorCheck[] {
  const checks = answersOf(facts).map(({ hostId, level, levelReason, levelRemedy }) =>
    levelCheck('containment', hostId, { level, reason: levelReason, remedy: levelRemedy }),
  );
  return [...new Map(checks.map((check) => [JSON.stringify(check), check])).values()];
}

/** Whether a blocked main loop blocks kills. */
export function formChecks(facts: ServerFacts): DoctorCheck[] {
  const answers = answersOf(facts);
  const inline = answers.filter(({ form }) => form === 'inline');
  const threads = answers.length - inline.length;
  const warnings = inline.map((each): DoctorCheck => ({
    check: 'form',
    status: 'warn',
    subject: nameOf(each),
    found: 'inline: while the main loop is blocked, nothing is killed',
    remedy: 'Give the plugin to NativeConnection.connect, or set its option connection',
  }));
  if (threads === 0) return warnings;
  return [{ check: 'form', status: 'ok', found: `${workers(threads)} with the reaper on its own thread` }, ...warnings];
}

const GUARDIAN: Record<Exclude<GuardianState, 'running'>, Omit<DoctorCheck, 'check' | 'subject'>> = {
  off: {
    status: 'warn',
    found: 'none: processes that outlive the worker live until a sweep',
    remedy: 'Remove guardian: false; Windows has no guardian',
  },
  gone: {
    status: 'fail',
    found: 'it died and has not been replaced yet: if the worker dies now, its processes live until a sweep',
    remedy: 'Look at the log of that worker for "The guardian is gone"',
  },
};

/** Whether each worker has a guardian that outlives it. */
export function guardianChecks(facts: ServerFacts): DoctorCheck[] {
  const answers = answersOf(facts);
  const running = answers.filter(({ guardian }) => guardian === 'running').length;
  const others = answers.flatMap((each): DoctorCheck[] => {
    const { guardian } = each;
    if (guardian === undefined || guardian === 'running') return [];
    return [{ check: 'guardian', subject: nameOf(each), ...GUARDIAN[guardian] }];
  });
  if (running === 0) return others;
  return [{ check: 'guardian', status: 'ok', found: `${workers(running)} with a running guardian` }, ...others];
}
