import type { MetricCounter, MetricGauge, MetricMeter } from '@temporalio/common';
import type { TypeUsage } from '../tracking/reaper-protocol';

/** The instruments for what the processes of open attempts use. */
export interface UsageInstruments {
  processes: MetricGauge;
  attempts: MetricGauge;
  memory: MetricGauge;
  cpu: MetricCounter;
}

export function usageInstrumentsOf(meter: MetricMeter): UsageInstruments {
  return {
    processes: meter.createGauge('temporal_reaper_processes', 'int', '', 'Live processes of open attempts'),
    attempts: meter.createGauge('temporal_reaper_attempts', 'int', '', 'Open attempts that have a live process'),
    memory: meter.createGauge('temporal_reaper_process_memory', 'int', 'By', 'Resident memory of live processes'),
    cpu: meter.createCounter('temporal_reaper_process_cpu', 'ms', 'Processor time used by processes'),
  };
}

/** What each reaper shows, by namespace: two connections to one namespace have a reaper each, but only one gauge. */
const shownBy = new Map<string, Map<UsageGauges, TypeUsage[]>>();

type Value = 'processes' | 'attempts' | 'memoryBytes';

/** The sum of what is known; undefined if nothing is. */
function sumOf(types: TypeUsage[], value: Value): number | undefined {
  const known = types.flatMap((type) => type[value] ?? []);
  return known.length === 0 ? undefined : known.reduce((sum, each) => sum + each, 0);
}

function emptied({ activityType, memoryBytes }: TypeUsage): TypeUsage {
  return { activityType, attempts: 0, processes: 0, ...(memoryBytes !== undefined && { memoryBytes: 0 }) };
}

/** What one reaper reports about the processes of its attempts. */
export class UsageGauges {
  constructor(private readonly namespace: string) {}

  /** Shows a report, and 0 for what is no longer in it. */
  show({ processes, attempts, memory, cpu }: UsageInstruments, types: TypeUsage[]): void {
    const { namespace } = this;
    const reapers = shownBy.get(namespace) ?? new Map<UsageGauges, TypeUsage[]>();
    const gone = (reapers.get(this) ?? []).filter(
      ({ activityType }) => !types.some((type) => type.activityType === activityType),
    );
    reapers.set(this, [...types, ...gone.map(emptied)]);
    shownBy.set(namespace, reapers);
    const all = [...reapers.values()].flat();
    for (const { activityType, cpuMs } of reapers.get(this) ?? []) {
      const tags = { namespace, activity_type: activityType };
      const same = all.filter((type) => type.activityType === activityType);
      processes.set(sumOf(same, 'processes') ?? 0, tags);
      attempts.set(sumOf(same, 'attempts') ?? 0, tags);
      const bytes = sumOf(same, 'memoryBytes');
      if (bytes !== undefined) memory.set(bytes, tags);
      if (cpuMs !== undefined) cpu.add(cpuMs, tags);
    }
    const live = types.filter((type) => type.processes > 0);
    if (live.length > 0) reapers.set(this, live);
    else reapers.delete(this);
    if (reapers.size === 0) shownBy.delete(namespace);
  }
}
