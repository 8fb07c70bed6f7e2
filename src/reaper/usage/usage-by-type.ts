import type { TypeUsage } from '../../tracking/reaper-protocol';

/** What one attempt's processes use. */
export interface AttemptUsage {
  activityType: string;
  processes: number;
  memoryBytes: number;
}

/** Sums what attempts use by activity type. */
export class UsageByType {
  /** Processor time that no report has told yet, in ms. */
  private readonly cpuMs = new Map<string, number>();

  addCpu(activityType: string, ms: number): void {
    this.cpuMs.set(activityType, (this.cpuMs.get(activityType) ?? 0) + ms);
  }

  /**
   * The report on the open attempts, with the processor time used since the last report.
   *
   * @param isMeasured whether memory and processor time are known here
   */
  take(attempts: readonly AttemptUsage[], isMeasured: boolean): TypeUsage[] {
    const live = attempts.filter(({ processes }) => processes > 0);
    const names = new Set([...live.map(({ activityType }) => activityType), ...this.cpuMs.keys()]);
    return [...names].map((activityType) => {
      const own = live.filter((each) => each.activityType === activityType);
      const processes = own.reduce((sum, each) => sum + each.processes, 0);
      const counts = { activityType, attempts: own.length, processes };
      if (!isMeasured) return counts;
      const memoryBytes = own.reduce((sum, each) => sum + each.memoryBytes, 0);
      return { ...counts, memoryBytes, cpuMs: this.takeCpu(activityType) };
    });
  }

  /** Whole milliseconds, as counters take no others; the rest stays for later. */
  private takeCpu(activityType: string): number {
    const ms = this.cpuMs.get(activityType) ?? 0;
    const whole = Math.floor(ms);
    if (ms > whole) this.cpuMs.set(activityType, ms - whole);
    else this.cpuMs.delete(activityType);
    return whole;
  }
}
