import {
  type MetricCounter,
  type MetricGauge,
  type MetricHistogram,
  type MetricMeter,
  noopMetricMeter,
} from '@temporalio/common';
import type { AfterKill } from '../contract/host-requests';
import {
  CONTAINMENT_LEVELS,
  type ContainmentLevel,
  type KillReport,
  deathsOf,
  survivalsOf,
  survivorsOf,
} from '../contract/kill-report';
import type { KillMetrics } from '../tracking/open-attempts';
import type { CountedEvent } from '../tracking/reaper-protocol';
import { UsageGauges, type UsageInstruments, usageInstrumentsOf } from './usage-gauges';

/** Why something was killed: an {@link AfterKill}, or a cause from {@link CountedEvent}. */
type Cause = AfterKill | (CountedEvent & { what: 'kill' })['cause'];

interface Instruments extends UsageInstruments {
  kills: MetricCounter;
  processesKilled: MetricCounter;
  survivors: MetricCounter;
  duration: MetricHistogram;
  guardianKills: MetricCounter;
  level: MetricGauge;
}

function instrumentsOf(meter: MetricMeter): Instruments {
  return {
    kills: meter.createCounter('temporal_reaper_kills', '', 'Kills of the processes of an attempt'),
    processesKilled: meter.createCounter('temporal_reaper_processes_killed', '', 'Processes that died in a kill'),
    survivors: meter.createCounter('temporal_reaper_survivors', '', 'Processes that survived a kill'),
    duration: meter.createHistogram(
      'temporal_reaper_kill_duration',
      'int',
      'ms',
      'Time from the start of a kill to its report',
    ),
    guardianKills: meter.createCounter(
      'temporal_reaper_guardian_kills',
      '',
      'Kills by guardians, counted when the next worker starts',
    ),
    level: meter.createGauge('temporal_reaper_containment_level', 'int', '', '1 for the level in use'),
    ...usageInstrumentsOf(meter),
  };
}

function resultOf(report: KillReport): string {
  const alive = survivorsOf(report);
  if (alive.length === 0) return 'dead';
  return alive.every(({ fate }) => fate === 'denied') ? 'denied' : 'survivors';
}

/** Metrics on the Runtime of the user's Workers. Without telemetry there, no instrument is created and nothing recorded. */
export class ReaperMetrics implements KillMetrics {
  private meter: MetricMeter = noopMetricMeter;
  private instruments: Instruments | undefined;
  private readonly usage: UsageGauges;

  /** @param currentMeter a function, because a new Runtime may replace one that was shut down */
  constructor(
    private readonly namespace: string,
    private readonly currentMeter: () => MetricMeter,
  ) {
    this.usage = new UsageGauges(namespace);
  }

  killed(cause: AfterKill, report: KillReport): void {
    this.kill(cause, report);
  }

  counted(counted: CountedEvent): void {
    switch (counted.what) {
      case 'level':
        return this.levelOpened(counted.level);
      case 'kill':
        return this.kill(counted.cause, counted.report);
      case 'guardian': {
        const result = counted.alive > 0 ? 'survivors' : 'dead';
        this.open()?.guardianKills.add(1, { namespace: this.namespace, result });
        return;
      }
      case 'usage': {
        const instruments = this.open();
        if (instruments) this.usage.show(instruments, counted.types);
      }
    }
  }

  private kill(cause: Cause, report: KillReport): void {
    const instruments = this.open();
    if (!instruments || report.processes.length === 0) return;
    const { level, proof, durationMs } = report;
    const tags = { namespace: this.namespace, level, cause };
    instruments.kills.add(1, { ...tags, proof, result: resultOf(report) });
    instruments.processesKilled.add(deathsOf(report), tags);
    instruments.survivors.add(survivalsOf(report), tags);
    instruments.duration.record(Math.round(durationMs), tags);
  }

  private levelOpened(level: ContainmentLevel): void {
    const { namespace } = this;
    // Reset the others: a reaper that replaces a crashed one may open a different level.
    for (const each of CONTAINMENT_LEVELS) this.open()?.level.set(each === level ? 1 : 0, { namespace, level: each });
  }

  private open(): Instruments | undefined {
    const meter = this.currentMeter();
    if (meter === noopMetricMeter) return undefined;
    if (meter !== this.meter) [this.meter, this.instruments] = [meter, instrumentsOf(meter)];
    return this.instruments;
  }
}
