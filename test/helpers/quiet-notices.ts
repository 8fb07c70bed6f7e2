import type { ReaperNotices } from '../../src/tracking/link';

const nothing = (): void => undefined;

/** What a reaper tells, heard by nobody; `log` may be. */
export function quietNotices(log: ReaperNotices['log'] = nothing): ReaperNotices {
  return {
    killing: nothing,
    killed: nothing,
    counted: nothing,
    closed: nothing,
    holdEnded: nothing,
    guardianStarted: nothing,
    log,
  };
}
