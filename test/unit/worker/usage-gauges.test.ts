import type { MetricMeter } from '@temporalio/common';
import { ReaperMetrics } from '../../../src/worker/metrics';
import type { TypeUsage } from '../../../src/tracking/reaper-protocol';

/** A meter that keeps what its gauges show and its counters have counted, as `name activity_type`. */
function recorder() {
  const values = new Map<string, number>();
  const make = (name: string) => {
    const key = ({ activity_type: type }: Record<string, string>) => `${name.replace('temporal_reaper_', '')} ${type}`;
    return {
      set: (value: number, tags: Record<string, string>) => values.set(key(tags), value),
      add: (value: number, tags: Record<string, string>) => values.set(key(tags), (values.get(key(tags)) ?? 0) + value),
    };
  };
  const meter = { createCounter: make, createHistogram: make, createGauge: make } as unknown as MetricMeter;
  return { meter, shown: () => Object.fromEntries(values) };
}

let namespaces = 0;

function reapers(meter: MetricMeter) {
  const namespace = `shop-${++namespaces}`;
  return [1, 2].map(() => {
    const metrics = new ReaperMetrics(namespace, () => meter);
    return (...types: TypeUsage[]) => metrics.counted({ what: 'usage', types });
  });
}

const usage = (activityType: string, processes: number): TypeUsage => ({
  activityType,
  attempts: processes > 0 ? 1 : 0,
  processes,
  memoryBytes: processes * 1_000,
  cpuMs: 5,
});

test('what is not reported any more is 0; processor time only grows', () => {
  const { meter, shown } = recorder();
  const [report] = reapers(meter);
  report(usage('a', 2), usage('b', 3));
  report(usage('b', 1));
  expect(shown()).toEqual({
    'processes a': 0,
    'attempts a': 0,
    'process_memory a': 0,
    'process_cpu a': 5,
    'processes b': 1,
    'attempts b': 1,
    'process_memory b': 1_000,
    'process_cpu b': 10,
  });
  report();
  expect(shown()).toMatchObject({ 'processes b': 0, 'attempts b': 0, 'process_memory b': 0 });
});

test('two reapers of one namespace show their sum, and one that ends takes only its own part away', () => {
  const { meter, shown } = recorder();
  const [one, other] = reapers(meter);
  one(usage('a', 2));
  other(usage('a', 3));
  expect(shown()).toMatchObject({ 'processes a': 5, 'attempts a': 2, 'process_memory a': 5_000 });
  one();
  expect(shown()).toMatchObject({ 'processes a': 3, 'attempts a': 1, 'process_memory a': 3_000 });
  other();
  expect(shown()).toMatchObject({ 'processes a': 0, 'attempts a': 0, 'process_memory a': 0 });
});

test('where the platform shows neither memory nor processor time, there are no such series', () => {
  const { meter, shown } = recorder();
  const [report] = reapers(meter);
  report({ activityType: 'a', attempts: 1, processes: 1 });
  expect(shown()).toEqual({ 'processes a': 1, 'attempts a': 1 });
  report();
  expect(shown()).toEqual({ 'processes a': 0, 'attempts a': 0 });
});
