import type { ProcessRef } from '../../contract/process-ref';
import type { LiveUsage } from './live-usage';

/** The processor time of an attempt's processes, as one look shows it. */
export interface CpuReading {
  /** Of all that has ever run in its enclosure, in ms; undefined if nothing keeps it. */
  enclosureMs: number | undefined;
  /** Of its live processes. */
  processes: readonly LiveUsage[];
}

const keyOf = ({ pid, startTicks }: ProcessRef): string => `${pid}:${startTicks}`;

const sumOf = (processes: readonly LiveUsage[]): number => processes.reduce((sum, { cpuMs }) => sum + cpuMs, 0);

/**
 * What an attempt has used between two readings, in ms. Without an enclosure, what has both begun and ended in between, and
 * what a process has used after its last look, counts only if a live process has waited for it.
 */
export function usedBetween(before: CpuReading | undefined, now: CpuReading): number {
  if (now.enclosureMs !== undefined) return Math.max(0, now.enclosureMs - (before?.enclosureMs ?? 0));
  const earlier = before?.processes ?? [];
  const stillSeen = keptIn(now.processes, earlier);
  return Math.max(0, sumOf(now.processes) - sumOf(earlier.filter(stillSeen)));
}

/** Whether the time of an earlier process is part of the present one's: it lives, or an ancestor that waited for it does. */
function keptIn(now: readonly LiveUsage[], earlier: readonly LiveUsage[]): (process: LiveUsage) => boolean {
  const alive = new Set(now.map(keyOf));
  const byPid = new Map(earlier.map((process) => [process.pid, process]));
  return (process) => {
    let at: LiveUsage | undefined = process;
    // Bounded: pids that were reused during a look may form a circle.
    for (let steps = 0; at && steps < earlier.length; steps++, at = byPid.get(at.ppid)) {
      if (alive.has(keyOf(at))) return true;
    }
    return false;
  };
}
