import type { Escalation } from '../contract/escalation';
import { takeReports } from '../guardian/report-file';
import type { ReaperNotices } from '../tracking/link';
import { countKill } from './count-kill';
import type { ProcessKiller } from './process-killer';

/** Logs what guardians of this host did since, and kills what workers that are gone have left all the same. */
export async function sweepAtStart(
  hostId: string,
  killer: ProcessKiller,
  escalation: Escalation,
  notices: Pick<ReaperNotices, 'log' | 'counted'>,
): Promise<void> {
  const { log } = notices;
  try {
    for (const report of takeReports(hostId)) {
      log('WARN', 'A worker of this host died; its guardian killed what it left', { ...report });
      for (const { dead, alive } of report.kills) notices.counted({ what: 'guardian', dead, alive });
    }
  } catch (error) {
    log('WARN', 'The reports of guardians cannot be read', { error: String(error) });
  }
  for (const { marker, report } of await killer.sweep(escalation)) {
    countKill(notices, 'sweep', report);
    const { workerPid, attempt } = marker;
    const processes = report.processes.map(({ pid, name, fate }) => `${pid} ${name} ${fate}`);
    log('WARN', 'Killed what a worker that is gone had left', { workerPid, attempt, processes });
  }
}
