import { resolveEscalation } from '../contract/escalation';
import { assertHostId } from '../contract/task-queues';
import { openForOrphans } from '../process/containment/ladder';
import { hostIdHere, markedHost } from '../process/host-id';
import { type DoubtedCarrier, KillEngine } from '../process/kill/kill-engine';
import { findOrphans, sweepOrphans } from '../process/kill/sweep';
import { escalationOf, type EscalationFlags } from './options/escalation';
import type { OutputFlags } from './options/output';
import type { SweepOutcome } from './render/sweep';

/** Flags of the command `sweep`. */
export type SweepFlags = OutputFlags & EscalationFlags & { host?: string; dryRun?: boolean };

function withUser({ process: { pid, name }, uid }: DoubtedCarrier): SweepOutcome['ofOtherUsers'][number] {
  return { pid, name, uid };
}

/** Kills, or only lists, what dead workers have left on this host. */
export async function sweepHere({ host, dryRun, ...flags }: SweepFlags): Promise<SweepOutcome> {
  const hostId = markedHost(host ?? hostIdHere());
  assertHostId(hostId);
  // A sweep finds processes by marker, which only `scan` reads: fail rather than claim that nothing is left.
  const engine = new KillEngine(openForOrphans('scan'));
  const { level } = engine.containment;
  if (dryRun) {
    const { attempts, doubted } = await findOrphans(engine, hostId);
    return {
      hostId,
      level,
      dryRun: true,
      attempts: attempts.map(({ marker, processes }) => ({ ...marker, processes })),
      ofOtherUsers: doubted.map(withUser),
    };
  }
  const swept = await sweepOrphans(engine, hostId, resolveEscalation(escalationOf(flags)));
  const attempts = swept.attempts.map(({ marker, report }) => ({ ...marker, processes: report.processes }));
  return { hostId, level, dryRun: false, attempts, ofOtherUsers: swept.doubted.map(withUser) };
}
