import type { Escalation } from '../contract/escalation';
import { deathsOf } from '../contract/kill-report';
import type { Containment } from '../process/containment/level';
import { KillEngine } from '../process/kill/kill-engine';
import type { WorkerMark } from '../process/marker';
import type { GuardianReport } from './protocol';

/** Kills what `openUnreported` finds of a dead worker. */
export async function killUnreported(
  containment: Containment,
  { workerStartTicks }: WorkerMark,
  escalation: Escalation,
): Promise<GuardianReport['kills']> {
  const target = { roots: () => [], groups: () => [], sinceTicks: workerStartTicks, spawning: () => false };
  const report = await new KillEngine(containment).kill(target, escalation);
  if (report.processes.length === 0) return [];
  const dead = deathsOf(report);
  return [{ attempt: 0, key: '', dead, alive: report.processes.length - dead, durationMs: report.durationMs }];
}
