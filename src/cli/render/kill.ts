import type { KillResult } from '../../contract/host-requests';
import type { CancelOutcome, HostOutcome } from '../../contract/outcomes';
import { count } from './count';
import { headlineOf } from './headline';
import { notesOf } from './notes';
import type { Palette } from './palette';
import { type Cell, renderTable } from './table';

const HEAD = ['HOST', 'ACTIVITY', 'PID', 'NAME', 'FATE', 'SIGNAL', 'AFTER'];

function rowsOf({ hostId, result }: HostOutcome<KillResult>, palette: Palette): Cell[][] {
  return (result?.kills ?? []).flatMap(({ attempt, report }) =>
    report.processes.map(({ pid, name, fate, signal, deadAfterMs, state }): Cell[] => {
      const isAlive = fate === 'survived' || fate === 'denied';
      const style = isAlive ? palette.red : palette.green;
      return [
        hostId,
        `${attempt.activityId}#${attempt.attempt}`,
        pid,
        name,
        { text: isAlive && state ? `${fate} (${state})` : fate, style },
        signal,
        deadAfterMs === undefined ? undefined : `${Math.round(deadAfterMs)} ms`,
      ];
    }),
  );
}

function summaryOf({ hosts }: CancelOutcome): string {
  const reports = hosts.flatMap(({ result }) => (result?.kills ?? []).map(({ report }) => report));
  const processes = reports.flatMap((report) => report.processes);
  if (processes.length === 0) return 'No process was running.';
  const fates = ['exited', 'killed', 'survived', 'denied'] as const;
  const words = fates.flatMap((fate) => {
    const number = processes.filter((process) => process.fate === fate).length;
    return number > 0 ? `${number} ${fate}` : [];
  });
  const levels = [...new Set(reports.map(({ level, proof }) => `${level} (proof: ${proof})`))];
  return `${count(processes.length, 'process', 'processes')}: ${words.join(', ')}. Containment: ${levels.join(', ')}.`;
}

/** What was cancelled, every process and its fate, and what to look after. */
export function renderKill(outcome: CancelOutcome, palette: Palette): string {
  const rows = outcome.hosts.flatMap((host) => rowsOf(host, palette));
  const notes = notesOf(outcome).map((note) => palette.yellow(note));
  const parts = [headlineOf(outcome), ...(outcome.degraded ? [] : [summaryOf(outcome)])];
  if (rows.length > 0) parts.push('', renderTable(HEAD, rows, palette));
  if (notes.length > 0) parts.push('', ...notes);
  return parts.join('\n');
}
