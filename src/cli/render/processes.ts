import type { ListedAttempt, ListResult } from '../../contract/host-requests';
import type { HostOutcome, ListOutcome } from '../../contract/outcomes';
import type { ListedProcess } from '../../contract/process-ref';
import { formatAge, formatBytes, formatCpuTime, formatKnown, formatPercent } from './amounts';
import { omittedOfList, unansweredOf } from './notes';
import type { ColorPalette } from './palette';
import { toPrintable } from './printable';
import { forestRows } from './process-forest';
import { type TableCell, renderTable } from './table';

/** `build (buildImage)`: the activity's id, and its type if that is another. */
export function activityOf({
  attempt: { activityId },
  activityType,
}: Pick<ListedAttempt, 'attempt' | 'activityType'>): string {
  return activityId === activityType ? activityId : `${activityId} (${activityType})`;
}

/** How to show a list. */
export interface ProcessesView {
  /** Unix time in ms, for the ages. */
  now: number;
  /** Percent of one CPU for each process. Default: there is no such column. */
  shares?: ReadonlyMap<ListedProcess, number>;
  /** The list was reduced to this workflow. Default: it is of all. */
  workflowId?: string;
}

const ATTEMPT_HEAD = ['HOST', 'WORKER', 'LEVEL', 'WORKFLOW', 'ACTIVITY', 'ATTEMPT', 'OPEN'];
const PERCENT_HEAD = '%CPU';

type CellOf = (process: ListedProcess, view: ProcessesView, closing: boolean) => TableCell;

const PROCESS_COLUMNS: [head: string, cellOf: CellOf][] = [
  ['PID', ({ pid }) => pid],
  ['PPID', ({ ppid }) => ppid],
  ['STATE', ({ state }, _view, closing) => (closing ? `${state}, closing` : state)],
  [PERCENT_HEAD, (process, { shares }) => formatKnown(shares?.get(process), formatPercent)],
  ['CPU', ({ cpuMs }) => formatKnown(cpuMs, formatCpuTime)],
  ['MEMORY', ({ memoryBytes }) => formatKnown(memoryBytes, formatBytes)],
  ['AGE', ({ startedAt }, { now }) => formatKnown(startedAt, (since) => formatAge(since, now))],
  ['NAME', ({ name }) => name],
];

function columnsOf({ shares }: ProcessesView): typeof PROCESS_COLUMNS {
  return PROCESS_COLUMNS.filter(([head]) => shares !== undefined || head !== PERCENT_HEAD);
}

function rowsOf({ hostId, workerPid, result }: HostOutcome<ListResult>, view: ProcessesView): TableCell[][] {
  return (result?.attempts ?? []).flatMap((listed) => {
    const { attempt, openedAt, closing, processes } = listed;
    const open = formatAge(openedAt, view.now);
    const start = [hostId, workerPid, result?.level, attempt.workflowId, activityOf(listed), attempt.attempt, open];
    const columns = columnsOf(view);
    if (processes.length === 0) {
      return [[...start, ...columns.map(([head]) => (head === 'STATE' && closing ? 'closing' : undefined))]];
    }
    return forestRows(processes).map(({ process }): TableCell[] => [
      ...start,
      ...columns.map(([, cellOf]) => cellOf(process, view, closing)),
    ]);
  });
}

/** One line per process, parents first; an attempt without processes has a line too. OPEN is the attempt's age. */
export function renderProcesses(outcome: ListOutcome, palette: ColorPalette, view: ProcessesView): string {
  const { workflowId } = view;
  const { hosts } = outcome;
  const rows = hosts.flatMap((host) => rowsOf(host, view));
  const whose = workflowId === undefined ? '' : ` of workflow ${toPrintable(workflowId)}`;
  const parts = [
    rows.length > 0
      ? renderTable([...ATTEMPT_HEAD, ...columnsOf(view).map(([head]) => head)], rows, palette)
      : `No activity${whose} is running.`,
  ];
  const notes = [...unansweredOf(hosts), ...omittedOfList(outcome, workflowId !== undefined)];
  if (notes.length > 0) parts.push('', ...notes.map((note) => palette.yellow(note)));
  return parts.join('\n');
}
