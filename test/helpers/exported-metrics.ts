import type { MetricMeter } from '@temporalio/common';
import { ReaperMetrics } from '../../src/worker/metrics';

/** The metrics that the package creates, each with the names of its series on a Prometheus endpoint. */
export function exportedMetrics(): Map<string, string[]> {
  const made = new Map<string, string[]>();
  const instrument = { add: () => undefined, record: () => undefined, set: () => undefined };
  const as =
    (...suffixes: string[]) =>
    (name: string) => {
      made.set(
        name,
        suffixes.map((suffix) => name + suffix),
      );
      return instrument;
    };
  const meter = { createCounter: as(''), createGauge: as(''), createHistogram: as('_bucket', '_sum', '_count') };
  const metrics = new ReaperMetrics('default', () => meter as unknown as MetricMeter);
  metrics.counted({ what: 'guardian', dead: 1, alive: 0 }); // instruments are created at the first use
  return made;
}
