import type { Context } from '@temporalio/activity';
import { sharedByCopies } from './shared-by-copies';

const contexts = sharedByCopies('tracked-contexts', () => new WeakSet<Context>());

/** Records that an activity's processes are tracked. */
export function noteTracked(context: Context): void {
  contexts.add(context);
}

export function isTracked(context: Context): boolean {
  return contexts.has(context);
}
