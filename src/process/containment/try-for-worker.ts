import type { WorkerMark } from '../marker';
import { closeUnused } from './close-unused';
import { openForWorker } from './ladder';
import type { Containment } from './level';

/** Which level a worker would get here as this user, and why no higher one. Nothing of the trial is left. */
export async function tryForWorker(mark: WorkerMark): Promise<Pick<Containment, 'level' | 'reason' | 'remedy'>> {
  const opened = await openForWorker('auto', mark);
  closeUnused(opened);
  const { level, reason, remedy } = opened;
  return { level, reason, remedy };
}
