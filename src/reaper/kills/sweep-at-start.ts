import type { Escalation } from '../../contract/escalation';
import { takeReports } from '../../guardian/report-file';
import type { ReaperNotices } from '../../tracking/reaper-protocol';
import { countKill } from './count-kill';
import type { ProcessKiller } from './process-killer';

/** Logs what guardians of this host have done since the last start, then kills what dead workers have left nevertheless. */
export async function sweepAtStart(
  hostId: string,
  killer: ProcessKiller,
  escalation: Escalation,
  notices: ReaperNotices,
): Promise<void> {
  const { log, notify } = notices;
  try {
    for (const report of takeReports(hostId)) {
      const { error, ...done } = report;
      if (error === undefined) log('WARN', 'A worker of this host died; its guardian killed what it left', done);
      else log('ERROR', 'A worker of this host died, and its guardian could not kill what it left', { ...report });
      for (const { dead, alive } of report.kills) {
        notify({ type: 'counted', counted: { what: 'guardian', dead, alive } });
      }
    }
  } catch (error) {
    log('WARN', 'The reports of guardians cannot be read', { error: String(error) });
  }
  const { attempts, doubted } = await killer.sweep(escalation);
  for (const { marker, report } of attempts) {
    countKill(notices, 'sweep', report);
    const { workerPid, attempt } = marker;
    const processes = report.processes.map(({ pid, name, fate }) => `${pid} ${name} ${fate}`);
    log('WARN', 'Killed processes that a dead worker had left', { workerPid, attempt, processes });
  }
  if (doubted.length > 0) {
    const processes = doubted.map(({ process: { pid, name }, uid }) => `${pid} ${name} of user ${uid}`);
    log('WARN', 'Left alone: processes of other users that carry the marker of a dead worker', { processes });
  }
}
