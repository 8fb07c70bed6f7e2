import type { ListPort } from '../../activities/list';
import type { GuardianState } from '../../contract/host-requests';
import type { GuardianLink } from '../../guardian/guardian-link';
import type { Containment } from '../../process/containment/level';
import { bootId, pidNamespace } from '../../process/host-id';
import type { ReaperConfig } from '../config';

function stateOf(guardian: GuardianLink | undefined): GuardianState {
  if (!guardian) return 'off';
  return guardian.isRunning ? 'running' : 'gone';
}

/** What a worker reports about itself when it is asked for its processes. */
export function describeWorker(
  { hostId, workerPid, version }: ReaperConfig,
  form: 'thread' | 'inline',
  { level, reason, remedy }: Containment,
  guardian: GuardianLink | undefined,
): ReturnType<ListPort['describe']> {
  return {
    hostId,
    workerPid,
    level,
    levelReason: reason,
    levelRemedy: remedy,
    origin: { bootId: bootId() ?? '', pidNamespace: pidNamespace() ?? '' },
    guardian: stateOf(guardian),
    form,
    version,
  };
}
