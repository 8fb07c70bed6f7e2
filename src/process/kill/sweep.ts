import type { Escalation } from '../../contract/escalation';
import type { KillReport } from '../../contract/kill-report';
import { isAlive, processExists } from '../table/liveness';
import type { MarkerCarriers, DoubtedCarrier, KillEngine, MarkedAttempt } from './kill-engine';
import type { KillTarget } from './kill-target';
import type { AttemptMarker, WorkerMark } from '../marker';

/** An attempt of a dead worker, and what became of its processes. */
export interface SweptAttempt extends MarkedAttempt {
  report: KillReport;
}

/**
 * The processes that carry one marker, whoever started them.
 *
 * @param sinceTicks nothing that started earlier belongs to it; '' when unknown
 */
export function markedTarget(name: string, matches: (value: string) => boolean, sinceTicks = ''): KillTarget {
  return { roots: () => [], groups: () => [], marker: { name, matches }, sinceTicks, spawning: () => false };
}

/** One attempt, identified by the exact marker of its processes. */
export function targetOf({ name, value, marker }: MarkedAttempt): KillTarget {
  return markedTarget(name, (other) => other === value, marker.workerStartTicks);
}

function isOrphaned({ workerPid, workerStartTicks }: WorkerMark): boolean {
  // Without its start time, any process with that pid may be the worker.
  if (workerStartTicks === '') return !processExists(workerPid);
  return !isAlive({ pid: workerPid, startTicks: workerStartTicks });
}

/**
 * What dead workers of this host have left alive: their attempts, and processes for which only another user claims so. While
 * its worker lives, a process is never an orphan.
 */
export async function findOrphans(engine: KillEngine, hostId: string): Promise<MarkerCarriers> {
  const { attempts, doubted } = await engine.carriers();
  const isLeft = ({ marker }: { marker: AttemptMarker }): boolean => marker.hostId === hostId && isOrphaned(marker);
  return { attempts: attempts.filter(isLeft), doubted: doubted.filter(isLeft) };
}

/** What a sweep has done. */
export interface SweepResult {
  attempts: SweptAttempt[];
  /** Left alone. */
  doubted: DoubtedCarrier[];
}

/** Kills the processes of every attempt of this host whose worker is dead. Needs no server. */
export async function sweepOrphans(engine: KillEngine, hostId: string, escalation: Escalation): Promise<SweepResult> {
  const { attempts: orphans, doubted } = await findOrphans(engine, hostId);
  const attempts = await Promise.all(
    orphans.map(async (orphan) => ({ ...orphan, report: await engine.kill(targetOf(orphan), escalation) })),
  );
  await engine.containment.removeAbandoned?.((worker) => worker.hostId === hostId && isOrphaned(worker));
  return { attempts, doubted };
}
