import type { Escalation } from '../contract/escalation';
import { deathsOf } from '../contract/kill-report';
import { KillEngine } from '../process/kill-engine';
import type { WorkerMark } from '../process/marker';
import type { ProcessTable } from '../process/process-table';
import { TaggedOrphans } from '../process/subreaper/tagged-orphans';
import { Tags } from '../process/subreaper/tags';
import type { GuardianReport } from './protocol';

/** Kills what the worker, which must be gone, had started for attempts and no marker tells: daemons without environment. */
export async function killTagged(
  table: ProcessTable,
  mark: WorkerMark,
  escalation: Escalation,
): Promise<GuardianReport['kills']> {
  const engine = new KillEngine(new TaggedOrphans(table, new Tags(mark)));
  const target = {
    roots: () => [],
    groups: () => [],
    sinceTicks: mark.workerStartTicks,
    spawning: () => false,
  };
  const report = await engine.kill(target, escalation);
  if (report.processes.length === 0) return [];
  const dead = deathsOf(report);
  return [{ attempt: 0, key: '', dead, alive: report.processes.length - dead, durationMs: report.durationMs }];
}
