import type { Escalation } from '../contract/escalation';
import type { KillReport } from '../contract/kill-report';
import { isAlive, processExists } from './identity';
import type { KillEngine, MarkedAttempt } from './kill-engine';
import type { KillTarget } from './kill-target';
import type { WorkerMark } from './marker';

/** An attempt whose worker is gone, and what became of its processes. */
export interface SweptAttempt extends MarkedAttempt {
  report: KillReport;
}

/** The processes that carry one marker, whoever started them. */
export function markedTarget(name: string, matches: (value: string) => boolean): KillTarget {
  return { roots: () => [], groups: () => [], marker: { name, matches }, sinceTicks: '', spawning: () => false };
}

function isOrphaned({ workerPid, workerStartTicks }: WorkerMark): boolean {
  // Without its start time, any process of that number may be the worker.
  if (workerStartTicks === '') return !processExists(workerPid);
  return !isAlive({ pid: workerPid, startTicks: workerStartTicks });
}

/** The attempts of this host that have living processes and no worker any more. A process is never an orphan's while its worker lives. */
export async function findOrphans(engine: KillEngine, hostId: string): Promise<MarkedAttempt[]> {
  const attempts = await engine.markedAttempts();
  return attempts.filter(({ marker }) => marker.hostId === hostId && isOrphaned(marker));
}

/** Kills the processes of every attempt of this host whose worker is gone. Needs no server. */
export async function sweep(engine: KillEngine, hostId: string, escalation: Escalation): Promise<SweptAttempt[]> {
  const orphans = await findOrphans(engine, hostId);
  const swept = await Promise.all(
    orphans.map(async (orphan) => ({
      ...orphan,
      report: await engine.kill(
        markedTarget(orphan.name, (value) => value === orphan.value),
        escalation,
      ),
    })),
  );
  await engine.containment.removeAbandoned?.((worker) => worker.hostId === hostId && isOrphaned(worker));
  return swept;
}
