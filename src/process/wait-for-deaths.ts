import { setTimeout as delay } from 'node:timers/promises';
import { isDead } from './look';
import type { Quarry } from './kill-record';
import type { ProcessTable } from './process-table';

const MAX_STEP_MS = 16;

/**
 * Waits, but no longer than until all of these are dead: reading a few processes costs microseconds, a look at thousands
 * of strangers does not. Where one reading means to run `ps`, it just waits.
 *
 * @param quarries when empty, the whole time is waited
 */
export async function waitForDeaths(
  table: ProcessTable,
  quarries: Quarry[],
  maxMs: number,
  onDeath: (quarry: Quarry) => void,
): Promise<void> {
  if (table.kind === 'ps' || quarries.length === 0) {
    await delay(maxMs);
    return;
  }
  const end = performance.now() + maxMs;
  let left = quarries;
  for (let stepMs = 1; ; stepMs = Math.min(stepMs * 2, MAX_STEP_MS)) {
    const restMs = end - performance.now();
    if (left.length === 0 || restMs <= 0) return;
    await delay(Math.min(stepMs, restMs));
    left = left.filter((quarry) => {
      const process = table.read(quarry.info.pid);
      if (process && process.startTicks === quarry.info.startTicks && !isDead(process)) return true;
      onDeath(quarry);
      return false;
    });
  }
}
