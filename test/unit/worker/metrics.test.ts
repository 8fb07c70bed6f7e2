import { type MetricMeter, noopMetricMeter } from '@temporalio/common';
import type { Fate, KillReport } from '../../../src/contract/kill-report';
import { ReaperMetrics } from '../../../src/worker/metrics';
import { processFate } from '../cli/outcomes';

/** A meter that keeps what is recorded, as `name{tags} value`. */
function recorder() {
  const records: string[] = [];
  const made: string[] = [];
  const make = (name: string) => {
    made.push(name);
    const record = (value: number, tags: object) => {
      records.push(`${name.replace('temporal_reaper_', '')} ${value} ${Object.values(tags).join(' ')}`);
    };
    return { add: record, record, set: record };
  };
  const meter = { createCounter: make, createHistogram: make, createGauge: make } as unknown as MetricMeter;
  return { meter, records, made };
}

function report(...fates: Fate[]): KillReport {
  const processes = fates.map((fate, index) => processFate(100 + index, 'a', fate));
  return { level: 'scan', proof: 'scan', startedAt: 1, durationMs: 51.6, looks: 3, processes };
}

test.each<[string, Fate[], string, number, number]>([
  ['all dead', ['exited', 'killed'], 'dead', 2, 0],
  ['a survivor', ['exited', 'survived', 'denied'], 'survivors', 1, 2],
  ['only such as we may not signal', ['exited', 'denied'], 'denied', 1, 1],
])('a kill: %s', (_what, fates, result, deaths, alive) => {
  const { meter, records } = recorder();
  new ReaperMetrics('shop', () => meter).killed('cancel', report(...fates));
  expect(records).toEqual([
    `kills 1 shop scan cancel scan ${result}`,
    `processes_killed ${deaths} shop scan cancel`,
    `survivors ${alive} shop scan cancel`,
    'kill_duration 52 shop scan cancel',
  ]);
});

test('a kill that found nothing is none', () => {
  const { meter, records } = recorder();
  new ReaperMetrics('shop', () => meter).killed('cancel', report());
  expect(records).toEqual([]);
});

test('what no attempt hears of: fence, sweep, guardian, level', () => {
  const { meter, records } = recorder();
  const metrics = new ReaperMetrics('shop', () => meter);
  metrics.counted({ what: 'kill', cause: 'fence', report: report('killed') });
  metrics.counted({ what: 'guardian', dead: 2, alive: 0 });
  metrics.counted({ what: 'guardian', dead: 2, alive: 1 });
  metrics.counted({ what: 'level', level: 'subreaper' });
  expect(records).toEqual([
    'kills 1 shop scan fence scan dead',
    'processes_killed 1 shop scan fence',
    'survivors 0 shop scan fence',
    'kill_duration 52 shop scan fence',
    'guardian_kills 1 shop dead',
    'guardian_kills 1 shop survivors',
    'containment_level 0 shop cgroup',
    'containment_level 1 shop subreaper',
    'containment_level 0 shop scan',
    'containment_level 0 shop basic',
  ]);
});

test('without telemetry nothing is made; a new Runtime gets instruments of its own', () => {
  const [first, second] = [recorder(), recorder()];
  let meter: MetricMeter = noopMetricMeter;
  const metrics = new ReaperMetrics('shop', () => meter);
  const create = jest.spyOn(noopMetricMeter, 'createCounter');
  metrics.killed('fail', report('killed'));
  expect(create).not.toHaveBeenCalled();
  create.mockRestore();
  meter = first.meter;
  metrics.killed('fail', report('killed'));
  metrics.killed('fail', report('killed'));
  expect(first.made).toHaveLength(10);
  meter = second.meter;
  metrics.killed('fail', report('killed'));
  expect([first.records.length, second.records.length]).toEqual([8, 4]);
});
