import { nativeAddon } from '../../native/addon';

/** Whether orphans are reparented to this process, whoever arranged that: as PID 1, or as a child subreaper. */
export function receivesOrphans(): boolean {
  return process.pid === 1 || nativeAddon()?.isChildSubreaper() === true;
}
