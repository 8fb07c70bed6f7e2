import type { CancelOutcome, HostOutcome } from '../../contract/outcomes';
import { printable } from './printable';

/** Workers that did not answer, one line each. */
export function unansweredOf(hosts: HostOutcome<unknown>[]): string[] {
  return hosts
    .filter(({ status }) => status !== 'answered')
    .map(({ hostId, workerPid, status, message }) =>
      printable(`${status}: host ${hostId}${workerPid ? `, worker ${workerPid}` : ''}${message ? `: ${message}` : ''}`),
    );
}

/** What somebody should look after, one line each. */
export function notesOf(outcome: CancelOutcome): string[] {
  const { cancelError, degraded, hosts, unguarded, unreached } = outcome;
  const notes = unansweredOf(hosts);
  if (cancelError) notes.push(`cancel: ${cancelError}`);
  if (unguarded.length > 0) notes.push(`unguarded (its worker runs no temporal-reaper): ${unguarded.join(', ')}`);
  if (unreached.length > 0) notes.push(`the cancel did not reach: ${unreached.join(', ')}`);
  if (degraded) notes.push(`degraded: ${degraded}`);
  return notes.map(printable);
}
