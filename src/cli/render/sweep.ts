import type { ContainmentLevel, Fate } from '../../contract/kill-report';
import type { Marker } from '../../process/marker';
import { count } from './count';
import type { Palette } from './palette';
import { type Cell, renderTable } from './table';

/** What a sweep found, and what became of it. */
export interface SweepOutcome {
  hostId: string;
  level: ContainmentLevel;
  dryRun: boolean;
  attempts: (Marker & { processes: { pid: number; name: string; fate?: Fate; signal?: string }[] })[];
}

const HEAD = ['WORKER', 'ACTIVITY KEY', 'ATTEMPT', 'PID', 'NAME', 'FATE', 'SIGNAL'];

/** One line for each process. The activity itself is not in the marker, only a key that is made of it. */
export function renderSweep({ hostId, dryRun, attempts }: SweepOutcome, palette: Palette): string {
  const rows = attempts.flatMap(({ workerPid, key, attempt, processes }) =>
    processes.map(({ pid, name, fate, signal }): Cell[] => [workerPid, key, attempt, pid, name, fate, signal]),
  );
  if (rows.length === 0) return `Nothing is left on ${hostId} of workers that are gone.`;
  const number = count(rows.length, 'process', 'processes');
  const headline = dryRun
    ? `${number} on ${hostId} outlived their workers; nothing was killed.`
    : `${number} on ${hostId} had outlived their workers.`;
  return [headline, '', renderTable(HEAD, rows, palette)].join('\n');
}
