import type { Escalation } from '../contract/escalation';
import { takeReports } from '../guardian/report-file';
import type { ReaperNotices } from '../tracking/link';
import type { ProcessKiller } from './process-killer';

/** Logs what guardians of this host did since, and kills what workers that are gone have left all the same. */
export async function sweepAtStart(
  hostId: string,
  killer: ProcessKiller,
  escalation: Escalation,
  log: ReaperNotices['log'],
): Promise<void> {
  try {
    for (const report of takeReports(hostId)) {
      log('WARN', 'A worker of this host died; its guardian killed what it left', { ...report });
    }
  } catch (error) {
    log('WARN', 'The reports of guardians cannot be read', { error: String(error) });
  }
  for (const { marker, report } of await killer.sweep(escalation)) {
    const { workerPid, attempt } = marker;
    const processes = report.processes.map(({ pid, name, fate }) => `${pid} ${name} ${fate}`);
    log('WARN', 'Killed what a worker that is gone had left', { workerPid, attempt, processes });
  }
}
