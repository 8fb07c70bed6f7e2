import type { KillReport } from '../contract/kill-report';
import type { Counted, ReaperNotices } from '../tracking/link';

/** Tells metrics of a kill that no open attempt of this worker hears of. One that found nothing is none. */
export function countKill(
  notices: Pick<ReaperNotices, 'counted'>,
  cause: (Counted & { what: 'kill' })['cause'],
  report: KillReport,
): void {
  if (report.processes.length > 0) notices.counted({ what: 'kill', cause, report });
}
