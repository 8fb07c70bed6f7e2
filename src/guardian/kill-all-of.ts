import { setTimeout as sleep } from 'node:timers/promises';
import type { Escalation } from '../contract/escalation';
import { deathsOf } from '../contract/kill-report';
import type { KillEngine } from '../process/kill/kill-engine';
import { type WorkerMark, parseMarker } from '../process/marker';
import { targetOf as markedTargetOf } from '../process/kill/sweep';
import { targetOf } from './guarded-target';
import type { GuardedAttempt, GuardianReport } from './protocol';

/** A process may start another one during the last look of its kill, which takes one more round. */
const ROUNDS = 5;
/** One scan of the process table may miss a process, so two empty rounds are needed. */
const EMPTY_ROUNDS = 2;
const PAUSE_MS = 50;

/** Kills the attempts that the worker reported as open, and every process that carries the worker's marker. */
export async function killAllOf(
  engine: KillEngine,
  { hostId, workerPid, workerStartTicks }: WorkerMark,
  open: readonly GuardedAttempt[],
  escalation: Escalation,
): Promise<GuardianReport['kills']> {
  const isIts = (worker: WorkerMark): boolean =>
    worker.hostId === hostId && worker.workerPid === workerPid && worker.workerStartTicks === workerStartTicks;
  const kills: GuardianReport['kills'] = [];
  let told = open;
  for (let [round, empty] = [0, 0]; round < ROUNDS && empty < EMPTY_ROUNDS; round++) {
    const marked = (await engine.markedAttempts()).filter(({ marker }) => isIts(marker));
    const unknown = marked.filter(({ name, value }) => !told.some((one) => one.name === name && one.value === value));
    const targets = [
      ...told.map((attempt) => ({ ...attempt, target: targetOf(attempt) })),
      ...unknown.map((attempt) => ({ ...attempt, target: markedTargetOf(attempt) })),
    ];
    told = [];
    const reports = await Promise.all(
      targets.map(async ({ name, value, target }) => ({ name, value, report: await engine.kill(target, escalation) })),
    );
    const hit = reports.filter(({ report }) => report.processes.length > 0);
    for (const { name, value, report } of hit) {
      const { attempt = 0, key = '' } = parseMarker(name, value) ?? {};
      const dead = deathsOf(report);
      kills.push({ attempt, key, dead, alive: report.processes.length - dead, durationMs: report.durationMs });
    }
    empty = hit.length === 0 ? empty + 1 : 0;
    if (empty > 0) await sleep(PAUSE_MS);
  }
  await engine.containment.removeAbandoned?.(isIts);
  return kills;
}
