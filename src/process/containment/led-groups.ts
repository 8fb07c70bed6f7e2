import type { KillTarget } from '../kill-target';
import type { Known } from './level';

/** The groups of a target and of what was found, with the start ticks of each leader; '' where it is not known. */
export function ledGroups(target: KillTarget, known: Known): Map<number, string> {
  const led = new Map<number, string>();
  for (const pgid of target.groups()) if (!known.isEmptied(pgid)) led.set(pgid, '');
  for (const [pgid, leaderTicks] of known.led()) led.set(pgid, leaderTicks);
  for (const { pid, startTicks } of target.roots()) if (led.has(pid)) led.set(pid, startTicks);
  return led;
}
