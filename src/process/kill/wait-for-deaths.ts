import { setTimeout as delay } from 'node:timers/promises';
import { isDead } from '../table/process-snapshot';
import type { TargetProcess } from './kill-record';
import type { ProcessTable } from '../table/process-table';

const MAX_STEP_MS = 16;

/**
 * Waits until all of these are dead, but no longer than `maxMs`: reading a few processes costs microseconds, while a look
 * at thousands of strangers does not. If each read would run `ps`, it only waits.
 *
 * @param targetProcesses when empty, waits the whole time
 */
export async function waitForDeaths(
  table: ProcessTable,
  targetProcesses: TargetProcess[],
  maxMs: number,
  onDeath: (targetProcess: TargetProcess) => void,
): Promise<void> {
  if (table.kind === 'ps' || targetProcesses.length === 0) {
    await delay(maxMs);
    return;
  }
  const end = performance.now() + maxMs;
  let left = targetProcesses;
  let costMs = 0;
  for (let stepMs = 1; ; stepMs = Math.min(stepMs * 2, MAX_STEP_MS)) {
    const restMs = end - performance.now();
    if (left.length === 0 || restMs <= 0) return;
    // Spend at most half of the time looking: the dying need the processor too.
    await delay(Math.min(Math.max(stepMs, costMs), restMs));
    const begin = performance.now();
    left = left.filter((targetProcess) => {
      const process = table.read(targetProcess.info.pid);
      if (process && process.startTicks === targetProcess.info.startTicks && !isDead(process)) return true;
      onDeath(targetProcess);
      return false;
    });
    costMs = performance.now() - begin;
  }
}
