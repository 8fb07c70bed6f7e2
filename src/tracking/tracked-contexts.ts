import type { Context } from '@temporalio/activity';

// Shared between copies of this package, like the hooks.
const CONTEXTS = Symbol.for('temporal-reaper.tracked-contexts');
type Shared = typeof globalThis & { [CONTEXTS]?: WeakSet<Context> };
const contexts = ((globalThis as Shared)[CONTEXTS] ??= new WeakSet());

/** Records that an activity's processes are tracked. */
export function noteTracked(context: Context): void {
  contexts.add(context);
}

export function isTracked(context: Context): boolean {
  return contexts.has(context);
}
