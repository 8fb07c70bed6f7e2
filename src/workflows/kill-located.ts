import { answerLimit } from '../contract/answer-size';
import { addFates, noFates } from '../contract/kill-report';
import type { AttemptRef } from '../contract/attempt-ref';
import type { Escalation } from '../contract/escalation';
import { type LocatedAttempt, isUnguarded } from '../contract/control-requests';
import type { KillRequest, KillResult } from '../contract/host-requests';
import { killSummary } from '../contract/kill-summary';
import type { HostOutcome } from '../contract/outcomes';
import { PROTOCOL_VERSION } from '../contract/version';
import type { AskedWorker } from './ask-hosts';
import { askHost } from './ask-hosts';

interface WorkerAttempts {
  asked: AskedWorker;
  attempts: AttemptRef[];
  /** Names them for the Temporal UI. */
  summary: string;
}

/** Groups located attempts by the worker that holds them. */
function byWorker(located: LocatedAttempt[]): WorkerAttempts[] {
  const workers = new Map<string, { asked: AskedWorker; held: LocatedAttempt[] }>();
  for (const one of located) {
    const { location, taskQueue } = one;
    if (!location || !taskQueue) continue;
    const known = workers.get(taskQueue) ?? { asked: { ...location, taskQueue }, held: [] };
    known.held.push(one);
    workers.set(taskQueue, known);
  }
  return [...workers.values()].map(({ asked, held }) => {
    return { asked, attempts: held.map(({ attempt }) => attempt), summary: killSummary(held) };
  });
}

/** The hosts that run them; undefined for one that waits, or whose worker has no reaper. */
export function hostsOf(located: LocatedAttempt[]): (string | undefined)[] {
  return located.map(({ location, taskQueue }) => (taskQueue === undefined ? undefined : location?.hostId));
}

/** Activities on workers without a reaper: their processes cannot be killed. */
export function unguardedOf(located: LocatedAttempt[]): string[] {
  return located.filter(isUnguarded).map(({ attempt }) => attempt.activityId);
}

/** Kills the located attempts on all their workers in parallel. */
export function killLocated(
  located: LocatedAttempt[],
  request: Omit<KillRequest, 'attempts'>,
): Promise<HostOutcome<KillResult>[]> {
  const workers = byWorker(located);
  const maxBytes = answerLimit(workers.length);
  return Promise.all(
    workers.map(({ asked, attempts, summary }) => {
      const whole = { version: PROTOCOL_VERSION, ...request, attempts, maxBytes };
      return askHost(asked, summary, ({ kill }, graceUsedMs) => kill({ ...whole, graceUsedMs }), true);
    }),
  );
}

/** Sets the escalation for the next kills of these attempts. */
export async function prepareLocated(located: LocatedAttempt[], escalation: Escalation): Promise<void> {
  await Promise.all(
    byWorker(located).map(({ asked, attempts }) =>
      askHost(
        asked,
        `set the escalation on ${asked.hostId}`,
        ({ prepare }) => prepare({ version: PROTOCOL_VERSION, attempts, escalation }),
        false,
      ),
    ),
  );
}

/** Reads the reports of the workflow interceptor's kills. */
export function collectLocated(located: LocatedAttempt[]): Promise<HostOutcome<KillResult>[]> {
  const workers = byWorker(located);
  const maxBytes = answerLimit(workers.length);
  return Promise.all(
    workers.map(({ asked, attempts }) => {
      const request = { version: PROTOCOL_VERSION, attempts, maxBytes };
      return askHost(asked, `kill reports of ${asked.hostId}`, ({ collect }) => collect(request), false);
    }),
  );
}

/** Merges several answers of the same worker. */
export function mergeHosts(outcomes: HostOutcome<KillResult>[]): HostOutcome<KillResult>[] {
  const merged = new Map<string, HostOutcome<KillResult>>();
  for (const outcome of outcomes) {
    const key = `${outcome.hostId}/${outcome.workerPid}`;
    const known = merged.get(key);
    if (known?.result && outcome.result) addKills(known.result, outcome.result);
    else if (!known || outcome.status !== 'answered') merged.set(key, outcome);
  }
  return [...merged.values()];
}

function addKills(sum: KillResult, { kills, omitted }: KillResult): void {
  sum.kills.push(...kills);
  if (!omitted) return;
  sum.omitted ??= { attempts: 0, processes: noFates() };
  sum.omitted.attempts += omitted.attempts;
  addFates(sum.omitted.processes, omitted.processes);
}
