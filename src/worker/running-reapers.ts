import type { AttemptRef } from '../contract/attempt-ref';
import type { ResolvedOptions } from './options';

/** A reaper whose Workers are running. */
export interface RunningReaper {
  readonly options: ResolvedOptions;
  /** Whether the attempt is still idle; undefined when it does not hold the attempt. */
  killIdle(attempt: AttemptRef): Promise<boolean | undefined>;
}

const running = new Set<RunningReaper>();

export function noteRunning(reaper: RunningReaper): void {
  running.add(reaper);
}

export function noteEnded(reaper: RunningReaper): void {
  running.delete(reaper);
}

/** The options of all reapers that run. */
export function runningOptions(): ResolvedOptions[] {
  return [...running].map(({ options }) => options);
}

/**
 * Kills an idle attempt of this process: it learns of its cancel and can start no processes meanwhile.
 *
 * @returns whether the attempt is still idle, so that there is nothing to wait for; undefined when nobody here holds it
 */
export async function killIdle(attempt: AttemptRef): Promise<boolean | undefined> {
  for (const reaper of running) {
    const killed = await reaper.killIdle(attempt);
    if (killed !== undefined) return killed;
  }
  return undefined;
}
