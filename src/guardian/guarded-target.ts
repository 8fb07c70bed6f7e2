import type { KillTarget } from '../process/kill/kill-target';
import type { GuardedAttempt } from './protocol';

/** The kill target for an attempt, as its worker last reported it. */
export function targetOf({ name, value, sinceTicks, roots, groups, users }: GuardedAttempt): KillTarget {
  return {
    roots: () => roots,
    groups: () => groups,
    users: () => users,
    marker: { name, matches: (other) => other === value },
    sinceTicks,
    spawning: () => false,
  };
}
