import type { ListedProcess } from '../../contract/process-ref';
import { formatAge, formatBytes, formatCpuTime, formatKnown, formatPercent } from '../render/amounts';
import { countOf } from '../render/count';
import { toPrintable } from '../render/printable';
import { type ForestRow, forestRows } from '../render/process-forest';
import { activityOf } from '../render/processes';
import { titleInTree, titleOfTwo } from './row-title';
import { processWeight, type SortOrder, sortAttempts } from './sort-order';
import type { UsageSum, WatchedAttempt, WatchedList } from './watched-list';

/** The columns of a watch, from left to right; the title of a row follows. */
export type WatchColumn = 'pid' | 'ppid' | 'state' | 'percent' | 'cpu' | 'memory' | 'age' | 'host' | 'worker' | 'level';

/** One line of a watch: an attempt, one of its processes, or a remark on it. */
export interface WatchRow {
  kind: 'attempt' | 'process' | 'remark';
  cells: Partial<Record<WatchColumn, string>>;
  /** The title, cut to a width in a way that keeps what matters. */
  title: (width: number) => string;
  /** The title without a cut. */
  fullTitle: string;
}

const UNKNOWN = '-';

function usageCells({ percent, cpuMs, memoryBytes }: UsageSum): WatchRow['cells'] {
  return {
    percent: formatKnown(percent, formatPercent) ?? UNKNOWN,
    cpu: formatKnown(cpuMs, formatCpuTime) ?? UNKNOWN,
    memory: formatKnown(memoryBytes, formatBytes) ?? UNKNOWN,
  };
}

function rowOf(kind: WatchRow['kind'], cells: WatchRow['cells'], title: WatchRow['title']): WatchRow {
  return { kind, cells, title, fullTitle: title(Infinity) };
}

function attemptRow(watched: WatchedAttempt, now: number): WatchRow {
  const { hostId, workerPid, level, listed } = watched;
  const { attempt, openedAt, closing } = listed;
  const cells = {
    ...usageCells(watched),
    age: formatAge(openedAt, now),
    host: toPrintable(hostId),
    worker: String(workerPid),
    level: toPrintable(level),
  };
  const activity = toPrintable(`${closing ? 'closing ' : ''}#${attempt.attempt} ${activityOf(listed)}`);
  return rowOf('attempt', cells, (width) => titleOfTwo(toPrintable(attempt.workflowId), activity, width));
}

function processRow({ process, branch }: ForestRow<ListedProcess>, { shares, at }: WatchedList): WatchRow {
  const { pid, ppid, state, name, startedAt } = process;
  const cells = {
    ...usageCells({ ...process, percent: shares.get(process) }),
    pid: String(pid),
    ppid: String(ppid),
    state: toPrintable(state),
    age: formatKnown(startedAt, (since) => formatAge(since, at)) ?? UNKNOWN,
  };
  return rowOf('process', cells, (width) => titleInTree(branch, toPrintable(name), width));
}

/** Every line of the list: each attempt, followed by its processes as a tree. */
export function watchRows(list: WatchedList, order: SortOrder): WatchRow[] {
  const { attempts, shares, at } = list;
  return sortAttempts(attempts, order).flatMap((watched) => {
    const { processes, omitted = 0 } = watched.listed;
    const tree = forestRows(processes, (process) => processWeight(process, shares, order));
    const more = countOf(omitted, 'process more, not listed', 'processes more, not listed');
    return [
      attemptRow(watched, at),
      ...tree.map((row) => processRow(row, list)),
      ...(omitted > 0 ? [rowOf('remark', {}, () => more)] : []),
    ];
  });
}
