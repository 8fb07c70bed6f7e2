import type { ListedAttempt } from '../../contract/host-requests';
import type { ContainmentLevel } from '../../contract/kill-report';
import type { ListOutcome } from '../../contract/outcomes';
import type { ListedProcess } from '../../contract/process-ref';
import type { CpuShares } from './cpu-shares';

/** What several processes use together; undefined when it is known of none of them. */
export interface UsageSum {
  /** Percent of one CPU since the list before. */
  percent?: number;
  cpuMs?: number;
  memoryBytes?: number;
}

/** An attempt with where it runs and what its processes use. */
export interface WatchedAttempt extends UsageSum {
  hostId: string;
  workerPid: number;
  level: ContainmentLevel;
  listed: ListedAttempt;
}

/** One list, as a watch shows it. */
export interface WatchedList {
  /** When the answer came: Unix time in ms. */
  at: number;
  outcome: ListOutcome;
  shares: CpuShares;
  attempts: WatchedAttempt[];
  /** Of all listed processes. */
  total: UsageSum;
}

function sumOf(numbers: (number | undefined)[]): number | undefined {
  const known = numbers.filter((number) => number !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, number) => sum + number, 0);
}

function usageOf(processes: readonly ListedProcess[], shares: CpuShares): UsageSum {
  return {
    percent: sumOf(processes.map((process) => shares.get(process))),
    cpuMs: sumOf(processes.map(({ cpuMs }) => cpuMs)),
    memoryBytes: sumOf(processes.map(({ memoryBytes }) => memoryBytes)),
  };
}

/** Adds up what a list tells. */
export function watchedList(outcome: ListOutcome, shares: CpuShares, at: number): WatchedList {
  const attempts = outcome.hosts.flatMap(({ hostId, workerPid, result }) =>
    (result?.attempts ?? []).map((listed): WatchedAttempt => {
      return { hostId, workerPid, level: result!.level, listed, ...usageOf(listed.processes, shares) };
    }),
  );
  const total = usageOf(
    attempts.flatMap(({ listed }) => listed.processes),
    shares,
  );
  return { at, outcome, shares, attempts, total };
}
