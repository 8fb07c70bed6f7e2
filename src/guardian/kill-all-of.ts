import type { Escalation } from '../contract/escalation';
import { deathsOf } from '../contract/kill-report';
import type { KillEngine } from '../process/kill-engine';
import type { WorkerMark } from '../process/marker';
import { markedTarget } from '../process/sweep';
import type { GuardianReport } from './protocol';

/** A process may start another in the middle of its kill's last look; then there is one more round. */
const ROUNDS = 5;

/** Kills whatever carries a marker of this worker. */
export async function killAllOf(
  engine: KillEngine,
  { hostId, workerPid, workerStartTicks }: WorkerMark,
  escalation: Escalation,
): Promise<GuardianReport['kills']> {
  const isIts = (worker: WorkerMark): boolean =>
    worker.hostId === hostId && worker.workerPid === workerPid && worker.workerStartTicks === workerStartTicks;
  const kills: GuardianReport['kills'] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const attempts = (await engine.markedAttempts()).filter(({ marker }) => isIts(marker));
    if (attempts.length === 0) break;
    await Promise.all(
      attempts.map(async ({ marker, name, value }) => {
        const target = markedTarget(name, (other) => other === value);
        const report = await engine.kill(target, escalation);
        const dead = deathsOf(report);
        const alive = report.processes.length - dead;
        kills.push({ attempt: marker.attempt, key: marker.key, dead, alive, durationMs: report.durationMs });
      }),
    );
  }
  await engine.containment.removeAbandoned?.(isIts);
  return kills;
}
