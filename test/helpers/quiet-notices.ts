import type { ReaperLog, ReaperNotices } from '../../src/tracking/reaper-protocol';

const nothing = (): void => undefined;

/** What a reaper tells, heard by nobody; `log` may be. */
export function quietNotices(log: ReaperLog = nothing): ReaperNotices {
  return { notify: nothing, log };
}
