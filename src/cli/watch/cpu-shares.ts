import type { ListResult } from '../../contract/host-requests';
import type { ListOutcome } from '../../contract/outcomes';
import type { ListedProcess } from '../../contract/process-ref';

/** Percent of one CPU that each process of a list has used since the list before; without those where it is unknown. */
export type CpuShares = ReadonlyMap<ListedProcess, number>;

type Identity = Pick<ListedProcess, 'pid' | 'startTicks'>;

const keyOf = ({ pid, startTicks }: Identity): string => `${pid}:${startTicks}`;

function processesIn({ attempts }: ListResult): ListedProcess[] {
  return attempts.flatMap(({ processes }) => processes);
}

function resultsIn({ hosts }: ListOutcome): Map<string, ListResult> {
  return new Map(
    hosts.flatMap(({ hostId, workerPid, result }) => (result ? [[`${hostId}/${workerPid}`, result]] : [])),
  );
}

/** Compares a list with the one before it. Times are those of each worker's own clock. */
export function cpuShares(before: ListOutcome | undefined, now: ListOutcome): CpuShares {
  const shares = new Map<ListedProcess, number>();
  const earlier = before && resultsIn(before);
  for (const [worker, result] of resultsIn(now)) {
    const past = earlier?.get(worker);
    if (past?.listedAt === undefined || result.listedAt === undefined) continue;
    const { listedAt } = past;
    const elapsedMs = result.listedAt - listedAt;
    if (elapsedMs <= 0) continue; // its clock was set back
    const known = new Map(processesIn(past).map((process) => [keyOf(process), process.cpuMs]));
    for (const process of processesIn(result)) {
      const { cpuMs, startedAt = 0 } = process;
      const used = known.get(keyOf(process)) ?? (startedAt >= listedAt ? 0 : undefined);
      if (cpuMs === undefined || used === undefined) continue;
      shares.set(process, (Math.max(0, cpuMs - used) / elapsedMs) * 100);
    }
  }
  return shares;
}
