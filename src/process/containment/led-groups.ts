import type { KillTarget } from '../kill/kill-target';
import type { KillMemory } from './level';

/** The process groups of a target and of the processes found, with each leader's start ticks; '' when unknown. */
export function ledGroups(target: KillTarget, known: KillMemory): Map<number, string> {
  const led = new Map<number, string>();
  for (const pgid of target.groups()) if (!known.isEmptied(pgid)) led.set(pgid, '');
  for (const [pgid, leaderTicks] of known.led()) led.set(pgid, leaderTicks);
  for (const { pid, startTicks } of target.roots()) if (led.has(pid)) led.set(pid, startTicks);
  return led;
}
