import { answerLimit } from '../contract/answer-size';
import { addFates, noFates } from '../contract/kill-report';
import type { AttemptRef } from '../contract/attempt-ref';
import type { Escalation } from '../contract/escalation';
import { type LocatedAttempt, isUnguarded } from '../contract/control-requests';
import type { KillRequest, KillResult } from '../contract/host-requests';
import { type HostOutcome, aliveOn, deadOn } from '../contract/outcomes';
import { PROTOCOL_VERSION } from '../contract/version';
import type { AskedWorker } from './ask-hosts';
import { askHost } from './ask-hosts';

/** Groups located attempts by the worker that holds them. */
function byWorker(located: LocatedAttempt[]): { asked: AskedWorker; attempts: AttemptRef[] }[] {
  const workers = new Map<string, { asked: AskedWorker; attempts: AttemptRef[] }>();
  for (const { attempt, location, taskQueue } of located) {
    if (!location || !taskQueue) continue;
    const known = workers.get(taskQueue) ?? { asked: { ...location, taskQueue }, attempts: [] };
    known.attempts.push(attempt);
    workers.set(taskQueue, known);
  }
  return [...workers.values()];
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
    workers.map(({ asked, attempts }) => {
      const whole = { version: PROTOCOL_VERSION, ...request, attempts, maxBytes };
      return askHost(
        asked,
        `kill on ${asked.hostId}`,
        ({ kill }, graceUsedMs) => kill({ ...whole, graceUsedMs }),
        true,
      );
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

/** Most lines shown in the Temporal UI. */
const LINES_SHOWN = 100;

/** Describes, in Markdown for the Temporal UI, what each worker did. */
export function describeHosts(hosts: HostOutcome<KillResult>[]): string {
  const lines = hosts.slice(0, LINES_SHOWN).map((host) => {
    const { hostId, workerPid, status, message } = host;
    const found = status === 'answered' ? `${deadOn(host)} dead, ${aliveOn(host)} alive` : `${status}: ${message}`;
    return `- **${hostId}** (worker ${workerPid}): ${found}`;
  });
  if (hosts.length > LINES_SHOWN) lines.push(`- and ${hosts.length - LINES_SHOWN} workers more`);
  return lines.length > 0 ? lines.join('\n') : '- no host had anything to kill';
}
