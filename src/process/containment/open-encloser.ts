import { TagEncloser } from '../subreaper/tag-encloser';
import { CgroupEncloser } from './cgroup/encloser';
import type { Encloser, EncloserData } from './enclosure';

/**
 * The encloser of the level that the reaper has decided on; undefined where that level does nothing at a spawn.
 *
 * @param warn is told, once of each reason, why a process could not be enclosed
 */
export function openEncloser(
  data: EncloserData | undefined,
  warn: (message: string) => void = () => undefined,
): Encloser | undefined {
  switch (data?.kind) {
    case undefined:
      return undefined;
    case 'subreaper':
      return new TagEncloser(data);
    case 'cgroup':
      return new CgroupEncloser(data, warn);
  }
}
