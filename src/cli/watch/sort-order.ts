import type { ListedProcess } from '../../contract/process-ref';
import type { CpuShares } from './cpu-shares';
import type { WatchedAttempt } from './watched-list';

/** What comes first: the most CPU since the list before, the most memory, or the oldest. */
export type SortOrder = 'cpu' | 'memory' | 'age';

function compareKeys(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  const at = a.findIndex((key, index) => key !== b[index]);
  return at === -1 ? 0 : a[at] < b[at] ? -1 : 1;
}

function keysOf({ hostId, workerPid, listed: { attempt } }: WatchedAttempt): (string | number)[] {
  return [attempt.workflowId, attempt.activityId, attempt.attempt, hostId, workerPid];
}

function weightOf({ percent = 0, memoryBytes = 0, listed }: WatchedAttempt, order: SortOrder): number {
  return { cpu: percent, memory: memoryBytes, age: -listed.openedAt }[order];
}

/** The attempts in this order; equal ones by their ids, so that they do not change places at each refresh. */
export function sortAttempts(attempts: readonly WatchedAttempt[], order: SortOrder): WatchedAttempt[] {
  return [...attempts].sort((a, b) => weightOf(b, order) - weightOf(a, order) || compareKeys(keysOf(a), keysOf(b)));
}

/** How much a process weighs among its siblings. */
export function processWeight(process: ListedProcess, shares: CpuShares, order: SortOrder): number {
  const { memoryBytes = 0, startedAt = Infinity } = process;
  return { cpu: shares.get(process) ?? 0, memory: memoryBytes, age: -startedAt }[order];
}
