import { ReaperError } from '../../contract/errors';
import { TagEncloser } from '../subreaper/tag-encloser';
import type { Encloser, EncloserData } from './enclosure';

/** The encloser of the level that the reaper has decided on; undefined where that level does nothing at a spawn. */
export function openEncloser(data: EncloserData | undefined): Encloser | undefined {
  switch (data?.kind) {
    case undefined:
      return undefined;
    case 'subreaper':
      return new TagEncloser(data);
    case 'cgroup':
      throw new ReaperError('CONTAINMENT_UNAVAILABLE', `This version does not have the level "${data?.kind}"`);
  }
}
