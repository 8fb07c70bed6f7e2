import { setChildSubreaper } from '../native/child-subreaper';
import type { Containment } from './level';

/** Takes a level back that was opened for a worker and encloses nothing. */
export function closeUnused({ keeper, encloserData }: Containment): void {
  keeper?.stop();
  if (encloserData?.kind === 'subreaper' && !encloserData.wasSubreaper) setChildSubreaper(false);
}
