import type { Info } from '@temporalio/activity';
import { type Payload, defaultDataConverter } from '@temporalio/common';
import type { Worker } from '@temporalio/worker';
import type { Escalation } from '../contract/escalation';
import type { SpanTracer } from '../contract/span-tracer';
import type { HostingWorker } from '../tracking/attempt-run';
import { encodeValues } from './encode-values';

/** Time kept free between the last SIGKILL of a shutdown and its forced end, in ms. */
const SHUTDOWN_MARGIN_MS = 1_000;
/** sdk-core's shortest interval between heartbeats, as a share of the heartbeat timeout. */
const HEARTBEAT_SHARE = 0.8;

/** One of the user's Workers: the options that its attempts need, which are final once it runs. */
export class UserWorker implements HostingWorker {
  private options: Pick<
    Worker['options'],
    'shutdownForceTimeMs' | 'shutdownGraceTimeMs' | 'maxHeartbeatThrottleIntervalMs'
  > &
    Partial<Pick<Worker['options'], 'loadedDataConverter'>> = {
    shutdownGraceTimeMs: 0,
    maxHeartbeatThrottleIntervalMs: Infinity,
  };

  /** @param tracer that of the first of its plugins that has one */
  constructor(public tracer: SpanTracer | undefined) {}

  begin({ options }: Worker): void {
    this.options = options;
  }

  get shutdownMs(): number | undefined {
    const { shutdownForceTimeMs, shutdownGraceTimeMs } = this.options;
    if (shutdownForceTimeMs === undefined) return undefined;
    return Math.max(0, shutdownForceTimeMs - shutdownGraceTimeMs - SHUTDOWN_MARGIN_MS);
  }

  heartbeatThrottleMs(timeoutMs: number): number {
    return Math.min(timeoutMs * HEARTBEAT_SHARE, this.options.maxHeartbeatThrottleIntervalMs);
  }

  encode(values: unknown[], info: Info): Promise<Payload[]> {
    return encodeValues(this.options.loadedDataConverter ?? defaultDataConverter, values, info);
  }

  /** A warning for the user when a shutdown leaves less time than the escalations may take; undefined when it suffices. */
  shutdownWarning(escalations: Iterable<Escalation>): string | undefined {
    const { shutdownMs } = this;
    const graceMs = Math.max(...[...escalations].map((each) => each.graceMs));
    if (shutdownMs === undefined || graceMs <= shutdownMs) return undefined;
    return (
      `At a shutdown processes get ${shutdownMs} ms of their grace of ${graceMs} ms: shutdownForceTime ends the Worker ` +
      `then. Raise it by ${graceMs - shutdownMs} ms, or lower escalation.graceMs`
    );
  }
}
