import type { AttemptKill, KillResult, ListResult } from './host-requests';
import { addFates, fatesOf, isAlive, noFates, survivalsOf } from './kill-report';
import type { CancelOutcome, HostOutcome, ListOutcome } from './outcomes';
import { aliveOn, deadOn } from './outcomes';
import { AnswerRoom, dealRoom, evenShare, jsonBytes } from './room';

/*
 * Temporal accepts payloads of up to 2 MiB. An activity loses a bigger result; a workflow's task fails again and again. So
 * lists are capped before they are sent. Counts stay exact, and living processes are listed before dead ones. All functions
 * here are pure, because workflows use them too.
 */

/** The JSON of one worker's answer has at most this many bytes. */
export const MAX_ANSWER_BYTES = 256 * 1024;
export const MIN_ANSWER_BYTES = 1024;
/** The JSON of an outcome has at most this many bytes. */
export const MAX_OUTCOME_BYTES = 1024 * 1024;
/** Each list of activity ids gets at most this many of those bytes. */
const MAX_IDS_BYTES = 64 * 1024;

/** How many bytes each worker may answer, so that all answers fit into one outcome. */
export function answerLimit(workers: number): number {
  const share = Math.floor(MAX_OUTCOME_BYTES / 2 / Math.max(1, workers));
  return Math.min(MAX_ANSWER_BYTES, Math.max(MIN_ANSWER_BYTES, share));
}

const BIG = Number.MAX_SAFE_INTEGER;
const BIG_FATES = { exited: BIG, killed: BIG, survived: BIG, denied: BIG };

/** Caps a worker's list to `maxBytes`: attempts first, then the processes of each in turn. */
export function fitList(result: ListResult, maxBytes = MAX_ANSWER_BYTES): ListResult {
  if (jsonBytes(result) <= maxBytes) return result;
  const omitted = { attempts: 0, processes: 0, ...result.omitted };
  const frame = { ...result, attempts: [], omitted: { attempts: BIG, processes: BIG } };
  const room = new AnswerRoom(maxBytes - jsonBytes(frame));
  const kept = result.attempts.filter((attempt) => {
    if (room.take({ ...attempt, processes: [], omitted: BIG })) return true;
    omitted.attempts += 1;
    omitted.processes += attempt.processes.length + (attempt.omitted ?? 0);
    return false;
  });
  const listed = dealRoom(
    kept.map(({ processes }) => processes),
    room,
  );
  const attempts = kept.map((attempt, index) => {
    const processes = attempt.processes.slice(0, listed[index]);
    const more = attempt.processes.length - processes.length + (attempt.omitted ?? 0);
    return more === 0 ? attempt : { ...attempt, processes, omitted: more };
  });
  return { ...result, attempts, ...(omitted.attempts > 0 && { omitted }) };
}

function withoutDoubted({ report, ...kill }: AttemptKill): AttemptKill {
  const { doubted: _, ...rest } = report;
  return { ...kill, report: rest };
}

/**
 * Caps a worker's kills to `maxBytes`: attempts with survivors first; then survivors, then dead processes. Doubted processes
 * go first of all: anybody can start them, and the worker's log names them too.
 */
export function fitKills(whole: KillResult, maxBytes = MAX_ANSWER_BYTES): KillResult {
  if (jsonBytes(whole) <= maxBytes) return whole;
  const result = { ...whole, kills: whole.kills.map(withoutDoubted) };
  if (jsonBytes(result) <= maxBytes) return result;
  const omitted = {
    attempts: result.omitted?.attempts ?? 0,
    processes: addFates(noFates(), result.omitted?.processes),
  };
  const frame = { ...result, kills: [], omitted: { attempts: BIG, processes: BIG_FATES } };
  const room = new AnswerRoom(maxBytes - jsonBytes(frame));
  const hasSurvivors = ({ report }: (typeof result.kills)[number]): boolean => survivalsOf(report) > 0;
  const byWeight = [...result.kills.filter(hasSurvivors), ...result.kills.filter((kill) => !hasSurvivors(kill))];
  const kept = byWeight.filter((kill) => {
    if (room.take({ ...kill, report: { ...kill.report, processes: [], omitted: BIG_FATES } })) return true;
    omitted.attempts += 1;
    addFates(omitted.processes, fatesOf(kill.report));
    return false;
  });
  const alive = kept.map(({ report }) => report.processes.filter(isAlive));
  const dead = kept.map(({ report }) => report.processes.filter((process) => !isAlive(process)));
  const [listedAlive, listedDead] = [dealRoom(alive, room), dealRoom(dead, room)];
  const kills = kept.map((kill, index) => {
    const { report } = kill;
    const processes = [...alive[index].slice(0, listedAlive[index]), ...dead[index].slice(0, listedDead[index])];
    if (processes.length === report.processes.length) return kill;
    const left = [...alive[index].slice(listedAlive[index]), ...dead[index].slice(listedDead[index])];
    return {
      ...kill,
      report: { ...report, processes, omitted: fatesOf({ processes: left, omitted: report.omitted }) },
    };
  });
  return { ...result, kills, ...(omitted.attempts > 0 && { omitted }) };
}

type Fit<Result> = (result: Result, maxBytes: number) => Result;

/** Caps the longest answers so that all fit. */
function capAnswers<Result>(hosts: HostOutcome<Result>[], fit: Fit<Result>, maxBytes: number): HostOutcome<Result>[] {
  const sizes = hosts.map((host) => jsonBytes(host) + 1);
  const share = evenShare(sizes, maxBytes);
  return hosts.map((host, index) => {
    const { result, ...frame } = host;
    if (sizes[index] <= share || result === undefined) return host;
    return { ...host, result: fit(result, share - jsonBytes(frame) - '"result":,,'.length) };
  });
}

/** Caps the answers. If there are still too many workers, keeps those for which `weighs` is true first. */
function fitHosts<Result>(
  hosts: HostOutcome<Result>[],
  fit: Fit<Result>,
  weighs: (host: HostOutcome<Result>) => boolean,
  maxBytes: number,
): { hosts: HostOutcome<Result>[]; left: HostOutcome<Result>[] } {
  const capped = capAnswers(hosts, fit, maxBytes);
  const byWeight = [...capped.filter(weighs), ...capped.filter((host) => !weighs(host))];
  const room = new AnswerRoom(maxBytes);
  const kept = new Set(byWeight.filter((host) => room.take(host)));
  return { hosts: capped.filter((host) => kept.has(host)), left: capped.filter((host) => !kept.has(host)) };
}

/** Caps a list's outcome so that it fits into a payload. */
export function fitListOutcome({ hosts: all }: ListOutcome, maxBytes = MAX_OUTCOME_BYTES): ListOutcome {
  const { hosts, left } = fitHosts(all, fitList, ({ status }) => status !== 'answered', maxBytes);
  if (left.length === 0) return { hosts };
  const omitted = { workers: left.length, attempts: 0, processes: 0 };
  for (const { result } of left) {
    if (!result) continue;
    omitted.attempts += attemptsOf(result);
    omitted.processes += processesOf(result);
  }
  return { hosts, omitted };
}

function isOfWeight(host: HostOutcome<KillResult>): boolean {
  return host.status !== 'answered' || aliveOn(host) > 0;
}

/** Caps the workers' kill reports so that they fit into a payload, without leaving out a worker. */
export function fitKillHosts(
  hosts: HostOutcome<KillResult>[],
  maxBytes = MAX_OUTCOME_BYTES,
): HostOutcome<KillResult>[] {
  return capAnswers(hosts, fitKills, maxBytes);
}

/** Caps a kill's outcome so that it fits into a payload. */
export function fitOutcome(outcome: CancelOutcome, maxBytes = MAX_OUTCOME_BYTES): CancelOutcome {
  if (jsonBytes(outcome) <= maxBytes) return outcome;
  const unguarded = fitIds(outcome.unguarded);
  const unreached = fitIds(outcome.unreached);
  const frame = { ...outcome, hosts: [], unguarded, unreached };
  const { hosts, left } = fitHosts(outcome.hosts, fitKills, isOfWeight, maxBytes - jsonBytes(frame) - 256);
  const omitted = {
    workers: left.length,
    unguarded: outcome.unguarded.length - unguarded.length,
    unreached: outcome.unreached.length - unreached.length,
    dead: left.reduce((sum, host) => sum + deadOn(host), 0),
    alive: left.reduce((sum, host) => sum + aliveOn(host), 0),
  };
  const isWhole = omitted.workers + omitted.unguarded + omitted.unreached === 0;
  return { ...outcome, hosts, unguarded, unreached, ...(!isWhole && { omitted }) };
}

function fitIds(ids: string[]): string[] {
  return ids.slice(0, dealRoom([ids], new AnswerRoom(MAX_IDS_BYTES))[0]);
}

/** Number of attempts that a worker holds, listed or not. */
export function attemptsOf({ attempts, omitted }: ListResult): number {
  return attempts.length + (omitted?.attempts ?? 0);
}

/** Number of live processes that a worker's attempts have, listed or not. */
export function processesOf({ attempts, omitted }: ListResult): number {
  const listed = attempts.reduce((sum, each) => sum + each.processes.length + (each.omitted ?? 0), 0);
  return listed + (omitted?.processes ?? 0);
}
