import type { KillResult } from '../../contract/host-requests';
import { type Fate, addFates, fatesOf, isAlive, noFates } from '../../contract/kill-report';
import type { CancelOutcome, HostOutcome } from '../../contract/outcomes';
import { countOf } from './count';
import { headlineOf } from './headline';
import { notesOf } from './notes';
import type { ColorPalette } from './palette';
import { type TableCell, renderTable } from './table';

const HEAD = ['HOST', 'ACTIVITY', 'PID', 'NAME', 'FATE', 'SIGNAL', 'AFTER'];

function rowsOf({ hostId, result }: HostOutcome<KillResult>, palette: ColorPalette): TableCell[][] {
  return (result?.kills ?? []).flatMap(({ attempt, report }) =>
    report.processes.map((process): TableCell[] => {
      const { pid, name, fate, signal, deadAfterMs, state } = process;
      const lives = isAlive(process);
      const style = lives ? palette.red : palette.green;
      return [
        hostId,
        `${attempt.activityId}#${attempt.attempt}`,
        pid,
        name,
        { text: lives && state ? `${fate} (${state})` : fate, style },
        signal,
        deadAfterMs === undefined ? undefined : `${Math.round(deadAfterMs)} ms`,
      ];
    }),
  );
}

function summaryOf({ hosts, omitted }: CancelOutcome): string {
  const reports = hosts.flatMap(({ result }) => (result?.kills ?? []).map(({ report }) => report));
  const fates = noFates();
  for (const report of reports) addFates(fates, fatesOf(report));
  for (const { result } of hosts) addFates(fates, result?.omitted?.processes);
  const numbers: [number, string][] = (Object.keys(fates) as Fate[]).map((fate) => [fates[fate], fate]);
  if (omitted)
    numbers.push([omitted.dead, 'dead on workers not listed'], [omitted.alive, 'alive on workers not listed']);
  const total = numbers.reduce((sum, [number]) => sum + number, 0);
  if (total === 0) return 'No process was running.';
  const words = numbers.flatMap(([number, what]) => (number > 0 ? `${number} ${what}` : []));
  const levels = [...new Set(reports.map(({ level, proof }) => `${level} (proof: ${proof})`))];
  return `${countOf(total, 'process', 'processes')}: ${words.join(', ')}. Containment: ${levels.join(', ')}.`;
}

/** What was cancelled, every process with its fate, and what needs attention. */
export function renderKill(outcome: CancelOutcome, palette: ColorPalette): string {
  const rows = outcome.hosts.flatMap((host) => rowsOf(host, palette));
  const notes = notesOf(outcome).map((note) => palette.yellow(note));
  const parts = [headlineOf(outcome), ...(outcome.degraded ? [] : [summaryOf(outcome)])];
  if (rows.length > 0) parts.push('', renderTable(HEAD, rows, palette));
  if (notes.length > 0) parts.push('', ...notes);
  return parts.join('\n');
}
