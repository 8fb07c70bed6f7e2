import type { WorkerMark } from '../marker';
import { openForWorker } from './ladder';
import type { Containment } from './level';

/** Which level a worker of this user would get here, and why no higher one. Leaves nothing behind. */
export async function tryForWorker(mark: WorkerMark): Promise<Pick<Containment, 'level' | 'reason' | 'remedy'>> {
  const opened = await openForWorker('auto', mark);
  opened.keeper?.stop();
  const { level, reason, remedy } = opened;
  return { level, reason, remedy };
}
