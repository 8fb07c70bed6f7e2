import type { Outside } from '../process/containment/enclosure';

// Shared between copies of this package, as the hooks are.
const OUTSIDE = Symbol.for('temporal-reaper.outside');
const shared = globalThis as typeof globalThis & { [OUTSIDE]?: Outside };

/** What is done around spawns of no attempt; undefined: nothing. */
export function currentOutside(): Outside | undefined {
  return shared[OUTSIDE];
}

/** For good: what an earlier spawn has left is reaped also when no reaper runs any more. */
export function setOutside(outside: Outside): void {
  shared[OUTSIDE] = outside;
}
