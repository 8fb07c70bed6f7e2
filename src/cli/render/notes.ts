import type { KillResult } from '../../contract/host-requests';
import type { CancelOutcome, HostOutcome, ListOutcome } from '../../contract/outcomes';
import { countOf } from './count';
import { toPrintable } from './printable';

/** One line per worker that did not answer. */
export function unansweredOf(hosts: HostOutcome<unknown>[]): string[] {
  return hosts
    .filter(({ status }) => status !== 'answered')
    .map(({ hostId, workerPid, status, message }) =>
      toPrintable(
        `${status}: host ${hostId}${workerPid ? `, worker ${workerPid}` : ''}${message ? `: ${message}` : ''}`,
      ),
    );
}

const sumOf = (numbers: number[]): number => numbers.reduce((sum, number) => sum + number, 0);

function notListed(what: [number, string, string][], why: string): string[] {
  const words = what.flatMap(([number, one, many]) => (number > 0 ? countOf(number, one, many) : []));
  return words.length > 0 ? [`not listed, because the answer would be too long: ${words.join(', ')}${why}`] : [];
}

/**
 * One line that says what a list leaves out.
 *
 * @param isReduced whether it was reduced to one workflow after the answer: what was left out may be of any
 */
export function omittedOfList({ hosts, omitted }: ListOutcome, isReduced = false): string[] {
  const results = hosts.flatMap(({ result }) => result ?? []);
  const processes = results.map((result) => [
    result.omitted?.processes ?? 0,
    ...result.attempts.map((attempt) => attempt.omitted ?? 0),
  ]);
  const attempts = sumOf(results.map((result) => result.omitted?.attempts ?? 0));
  return notListed(
    [
      [omitted?.workers ?? 0, 'worker', 'workers'],
      [attempts + (omitted?.attempts ?? 0), 'attempt', 'attempts'],
      [sumOf(processes.flat()) + (omitted?.processes ?? 0), 'process', 'processes'],
    ],
    `${isReduced ? ', of any workflow' : ''}; ask host by host, with --host`,
  );
}

function omittedOfKill({ hosts, omitted }: CancelOutcome): string[] {
  const results = hosts.flatMap(({ result }): KillResult[] => (result ? [result] : []));
  const fates = results.flatMap((result) => [
    result.omitted?.processes,
    ...result.kills.map(({ report }) => report.omitted),
  ]);
  const processes = sumOf(fates.flatMap((each) => Object.values(each ?? {})));
  return notListed(
    [
      [omitted?.workers ?? 0, 'worker', 'workers'],
      [sumOf(results.map((result) => result.omitted?.attempts ?? 0)), 'attempt', 'attempts'],
      [processes + (omitted?.dead ?? 0) + (omitted?.alive ?? 0), 'process', 'processes'],
      [(omitted?.unguarded ?? 0) + (omitted?.unreached ?? 0), 'activity', 'activities'],
    ],
    '',
  );
}

/** One line per problem that needs attention. */
export function notesOf(outcome: CancelOutcome): string[] {
  const { cancelError, degraded, hosts, unguarded, unreached } = outcome;
  const notes = unansweredOf(hosts);
  if (cancelError) notes.push(`cancel: ${cancelError}`);
  if (unguarded.length > 0) notes.push(`unguarded (its worker runs no temporal-reaper): ${unguarded.join(', ')}`);
  if (unreached.length > 0) notes.push(`the cancel did not reach: ${unreached.join(', ')}`);
  notes.push(...omittedOfKill(outcome));
  if (degraded) notes.push(`degraded: ${degraded}`);
  return notes.map(toPrintable);
}
