import type { WorkerMark } from '../marker';
import { setChildSubreaper } from '../native/child-subreaper';
import { openForWorker } from './ladder';
import type { Containment } from './level';

/** Which level a worker would get here as this user, and why no higher one. Nothing of the trial is left. */
export async function tryForWorker(mark: WorkerMark): Promise<Pick<Containment, 'level' | 'reason' | 'remedy'>> {
  const { level, reason, remedy, keeper, encloserData } = await openForWorker('auto', mark);
  keeper?.stop();
  if (encloserData?.kind === 'subreaper' && !encloserData.wasSubreaper) setChildSubreaper(false);
  return { level, reason, remedy };
}
