import type { CancelPreview, PreviewedActivity } from '../../client';
import { countOf } from './count';
import type { ColorPalette } from './palette';
import { toPrintable } from './printable';
import { activityOf } from './processes';
import { forestRows } from './process-forest';
import { type TableCell, renderTable } from './table';

const HEAD = ['HOST', 'WORKER', 'ACTIVITY', 'ATTEMPT', 'PID', 'PPID', 'NAME'];

function rowsOf(activity: PreviewedActivity): TableCell[][] {
  const { hostId, workerPid, attempt, status, processes } = activity;
  const start = [hostId, workerPid, activityOf(activity), attempt.attempt];
  if (processes.length === 0)
    return [[...start, undefined, undefined, status === 'listed' ? undefined : `(${status})`]];
  return forestRows(processes).map(({ process: { pid, ppid, name } }): TableCell[] => [...start, pid, ppid, name]);
}

function idsWith(activities: PreviewedActivity[], wanted: PreviewedActivity['status']): string {
  return activities.flatMap(({ status, attempt }) => (status === wanted ? attempt.activityId : [])).join(', ');
}

function notesOf({ activityId, activities, interceptor, childIds, degraded }: CancelPreview): string[] {
  const notes: string[] = [];
  const unguarded = idsWith(activities, 'unguarded');
  if (unguarded) notes.push(`unguarded (its worker runs no temporal-reaper), so nothing of it dies: ${unguarded}`);
  if (degraded !== undefined) notes.push(`no host could be asked for processes: ${degraded}`);
  for (const { status, attempt, message } of degraded === undefined ? activities : []) {
    if (status === 'unknown') notes.push(`unknown processes of activity ${attempt.activityId}: ${message}`);
  }
  const omitted = activities.reduce((sum, each) => sum + (each.omitted ?? 0), 0);
  if (omitted > 0)
    notes.push(`not listed, because the answer would be too long: ${countOf(omitted, 'process', 'processes')}`);
  const isChosenInside = activityId === undefined && interceptor !== 'no' && activities.length > 0;
  if (isChosenInside)
    notes.push('the workflow spares activities that its cancel does not reach, as in a non-cancellable scope');
  if (childIds.length > 0) notes.push(`child workflows, which a cancel may reach too: ${childIds.join(', ')}`);
  return notes;
}

/** What a cancel would end: every process by pid and name, and what is not known of it. */
export function renderPreview(preview: CancelPreview, palette: ColorPalette): string {
  const { workflowId, runId, activityId, activities } = preview;
  const run = `workflow ${workflowId} (run ${runId})`;
  const target = activityId === undefined ? run : `activity ${activityId} of ${run}`;
  const number = activities.reduce((sum, { processes, omitted = 0 }) => sum + processes.length + omitted, 0);
  const counts = `${countOf(activities.length, 'activity', 'activities')}, ${countOf(number, 'process', 'processes')}`;
  const parts = [toPrintable(`Would cancel ${target}: ${counts}. Nothing was killed or cancelled.`)];
  if (activities.length > 0) parts.push('', renderTable(HEAD, activities.flatMap(rowsOf), palette));
  const notes = notesOf(preview);
  if (notes.length > 0) parts.push('', ...notes.map((note) => palette.yellow(toPrintable(note))));
  return parts.join('\n');
}
