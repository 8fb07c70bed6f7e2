import type { ContainmentLevel, Fate } from '../../contract/kill-report';
import type { AttemptMarker } from '../../process/marker';
import { countOf } from './count';
import type { ColorPalette } from './palette';
import { type TableCell, renderTable } from './table';

/** The processes that a sweep found, with their fates. */
export interface SweepOutcome {
  hostId: string;
  level: ContainmentLevel;
  dryRun: boolean;
  attempts: (AttemptMarker & { processes: { pid: number; name: string; fate?: Fate; signal?: string }[] })[];
  /** Left alone: they carry a marker, which their user can forge. */
  ofOtherUsers: { pid: number; name: string; uid: number }[];
}

const HEAD = ['WORKER', 'ACTIVITY KEY', 'ATTEMPT', 'PID', 'NAME', 'FATE', 'SIGNAL'];

function noteOn(others: SweepOutcome['ofOtherUsers']): string[] {
  if (others.length === 0) return [];
  const users = [...new Set(others.map(({ uid }) => uid))].join(', ');
  const number = countOf(others.length, 'process', 'processes');
  return [
    '',
    `Left alone: ${number} of user ${users} with the marker of a dead worker. If that worker was theirs, sweep as that user.`,
  ];
}

/** One line per process. The marker does not hold the activity's ids, only a key derived from them. */
export function renderSweep({ hostId, dryRun, attempts, ofOtherUsers }: SweepOutcome, palette: ColorPalette): string {
  const rows = attempts.flatMap(({ workerPid, key, attempt, processes }) =>
    processes.map(({ pid, name, fate, signal }): TableCell[] => [workerPid, key, attempt, pid, name, fate, signal]),
  );
  const note = noteOn(ofOtherUsers);
  if (rows.length === 0) return [`Dead workers have left nothing on ${hostId}.`, ...note].join('\n');
  const number = countOf(rows.length, 'process', 'processes');
  const headline = dryRun
    ? `${number} on ${hostId} outlived their workers; nothing was killed.`
    : `${number} on ${hostId} had outlived their workers.`;
  return [headline, '', renderTable(HEAD, rows, palette), ...note].join('\n');
}
