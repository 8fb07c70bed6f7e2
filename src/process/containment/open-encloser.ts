import { nativeAddon } from '../native/addon';
import { TagEncloser } from './subreaper/tag-encloser';
import { CgroupEncloser } from './cgroup/encloser';
import type { Encloser, EncloserData } from './enclosure';

/**
 * The encloser of the level that the reaper has chosen; undefined if that level does nothing at a spawn.
 *
 * @param warn called once for each reason why a process could not be enclosed
 */
export function openEncloser(
  data: EncloserData | undefined,
  warn: (message: string) => void = () => undefined,
): Encloser | undefined {
  const calls = data && nativeAddon();
  // The reaper thread could load the native part, but this thread cannot: then nothing is enclosed, and each kill says so.
  if (!calls) return undefined;
  return data.kind === 'cgroup' ? new CgroupEncloser(calls, data, warn) : new TagEncloser(calls, data);
}
