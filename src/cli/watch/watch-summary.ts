import { formatBytes, formatKnown, formatPercent } from '../render/amounts';
import { countOf } from '../render/count';
import type { WatchedList } from './watched-list';

/** `14:03:22`, in the local time zone. */
export function timeOfDay(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}

/** The words of the header: what is listed below it, and what that uses. What an answer had to leave out is not counted. */
export function summaryWords({ at, outcome, attempts, total }: WatchedList): string[] {
  const { percent, memoryBytes } = total;
  const hosts = new Set(outcome.hosts.map(({ hostId }) => hostId)).size;
  const processes = attempts.reduce((sum, { listed }) => sum + listed.processes.length, 0);
  return [
    timeOfDay(at),
    `CPU ${formatKnown(percent, (value) => `${formatPercent(value)}%`) ?? '-'}`,
    `memory ${formatKnown(memoryBytes, formatBytes) ?? '-'}`,
    countOf(processes, 'process', 'processes'),
    countOf(attempts.length, 'attempt', 'attempts'),
    countOf(outcome.hosts.length, 'worker', 'workers'),
    countOf(hosts, 'host', 'hosts'),
  ];
}
