import ms from 'ms';
import type { ListedAttempt, ListResult } from '../../contract/host-requests';
import type { HostOutcome, ListOutcome } from '../../contract/outcomes';
import { omittedOfList, unansweredOf } from './notes';
import type { ColorPalette } from './palette';
import { type TableCell, renderTable } from './table';

const HEAD = ['HOST', 'WORKER', 'WORKFLOW', 'ACTIVITY', 'ATTEMPT', 'PID', 'STATE', 'NAME', 'AGE'];

function activityOf({ attempt: { activityId }, activityType }: ListedAttempt): string {
  return activityId === activityType ? activityId : `${activityId} (${activityType})`;
}

function rowsOf({ hostId, workerPid, result }: HostOutcome<ListResult>, now: number): TableCell[][] {
  return (result?.attempts ?? []).flatMap((listed) => {
    const { attempt, openedAt, closing, processes } = listed;
    const start: TableCell[] = [hostId, workerPid, attempt.workflowId, activityOf(listed), attempt.attempt];
    const age = ms(Math.max(0, now - openedAt));
    if (processes.length === 0) return [[...start, undefined, closing ? 'closing' : undefined, undefined, age]];
    return processes.map(({ pid, state, name }) => [...start, pid, closing ? `${state}, closing` : state, name, age]);
  });
}

/** One line per process; an attempt without processes has a line too. AGE is the attempt's. */
export function renderProcesses(outcome: ListOutcome, palette: ColorPalette, now: number): string {
  const { hosts } = outcome;
  const rows = hosts.flatMap((host) => rowsOf(host, now));
  const parts = [rows.length > 0 ? renderTable(HEAD, rows, palette) : 'No activity is running.'];
  const notes = [...unansweredOf(hosts), ...omittedOfList(outcome)];
  if (notes.length > 0) parts.push('', ...notes.map((note) => palette.yellow(note)));
  return parts.join('\n');
}
