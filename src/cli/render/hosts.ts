import type { HostSummary } from '../../client';
import { unansweredOf } from './notes';
import type { ColorPalette } from './palette';
import { type TableCell, renderTable } from './table';

const HEAD = ['HOST', 'WORKER', 'LEVEL', 'FORM', 'VERSION', 'ATTEMPTS', 'PROCESSES'];

/** One line per worker process with a reaper. */
export function renderHosts(hosts: HostSummary[], palette: ColorPalette): string {
  const workers = hosts.flatMap(({ hostId, workers }) => workers.map((worker) => ({ hostId, ...worker })));
  const rows = workers.map(({ hostId, workerPid, status, level, form, version, attempts, processes }): TableCell[] => {
    const shown = status === 'answered' ? level : { text: status, style: palette.red };
    return [hostId, workerPid, shown, form, version, attempts, processes];
  });
  const parts = [rows.length > 0 ? renderTable(HEAD, rows, palette) : 'No worker with temporal-reaper is polling.'];
  const notes = [...unansweredOf(workers), ...lowLevels(workers)];
  if (notes.length > 0) parts.push('', ...notes.map((note) => palette.yellow(note)));
  return parts.join('\n');
}

function lowLevels(workers: { hostId: string; levelReason?: string; level?: string }[]): string[] {
  const reasons = workers.flatMap(({ hostId, level, levelReason }) =>
    levelReason ? `level ${level} on host ${hostId}: ${levelReason}` : [],
  );
  return [...new Set(reasons)];
}
