import { ReaperError } from '../../contract/errors';
import type { Encloser, EncloserData } from './enclosure';

/** The encloser of the level that the reaper has decided on; undefined where that level does nothing at a spawn. */
export function openEncloser(data: EncloserData | undefined): Encloser | undefined {
  switch (data?.kind) {
    case undefined:
      return undefined;
    case 'cgroup':
    case 'subreaper': // its encloser comes from ./subreaper
      throw new ReaperError('CONTAINMENT_UNAVAILABLE', `This version does not have the level "${data?.kind}"`);
  }
}
