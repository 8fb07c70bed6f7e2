import type { KillReport } from '../../contract/kill-report';
import type { CountedEvent, ReaperNotices } from '../../tracking/reaper-protocol';

/** Counts a kill that is reported to no open attempt of this worker. A kill that found nothing is not counted. */
export function countKill(
  { notify }: Pick<ReaperNotices, 'notify'>,
  cause: (CountedEvent & { what: 'kill' })['cause'],
  report: KillReport,
): void {
  if (report.processes.length > 0) notify({ type: 'counted', counted: { what: 'kill', cause, report } });
}
