import { markedHost } from '../process/host-id';
import type { WorkerMark } from '../process/marker';
import { reaperVersion } from '../process/package-version';
import { ownStartTicks } from '../process/table/liveness';
import type { ProcessConfig } from '../reaper/config';
import type { ResolvedOptions } from './options';

/** What the markers of this worker's processes say about the worker. */
export function markOf({ hostId }: ResolvedOptions): WorkerMark {
  return { hostId: markedHost(hostId), workerPid: process.pid, workerStartTicks: ownStartTicks() };
}

/** What all reapers of this process share. */
export function processConfigOf(options: ResolvedOptions): ProcessConfig {
  const { hostId, containment, guardian, escalation } = options;
  const shared = { mark: markOf(options), version: reaperVersion };
  return { hostId, workerPid: process.pid, containment, guardian, guardianEscalation: escalation, ...shared };
}
