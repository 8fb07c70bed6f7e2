import { monotonicMs } from '../../process/clock';
import { startedSince } from '../../process/table/process-snapshot';
import { inSlices } from '../../process/table/slices';
import type { ProcessInfo } from '../../contract/process-ref';
import type { AttemptLedger } from '../../tracking/ledger';
import type { LedgerEntry } from '../../tracking/ledger-entry';
import type { ReaperNotices } from '../../tracking/reaper-protocol';
import type { ProcessKiller } from '../kills/process-killer';
import { type LiveUsage, usageOf } from './live-usage';
import { type CpuReading, usedBetween } from './used-cpu';
import { UsageByType } from './usage-by-type';

/** A change waits this long for others, and is then reported with them. In ms. */
const REPORT_MS = 1_000;
/** Time between two looks. */
const LOOK_MS = 10_000;
/** On a host where looks take long, they come less often: this many times their duration lies between two of them. */
const LOOK_SHARE = 100;

/** What an attempt's processes used at the last look. */
interface SeenUsage extends CpuReading {
  /** Processes that are not the worker's children. */
  others: readonly number[];
}

/** The parts of a reaper that the looks need. */
export interface UsageParts {
  ledger: AttemptLedger;
  killer: Pick<ProcessKiller, 'findEach' | 'usedCpuMs' | 'containment'>;
  notices: ReaperNotices;
  /** See `ReaperProcess`: what older attempts had used before their first look here is counted already. */
  beganTicks: string;
}

/**
 * Reports what the open attempts' processes use. The worker's children are known at once; everything else needs a look,
 * every ten seconds and only while an attempt that has started something is open. Without one, nothing is done at all.
 */
export class UsageLooks {
  private readonly seen = new Map<LedgerEntry, SeenUsage>();
  private readonly usage = new UsageByType();
  private timer: NodeJS.Timeout | undefined;
  private wakesAt = Infinity;
  private lookAt = 0;
  private isStopped = false;

  constructor(private readonly parts: UsageParts) {
    this.changed(); // a reaper that crashed may have reported processes that are dead by now
  }

  /** The attempts or their children have changed. */
  changed(): void {
    this.wakeIn(REPORT_MS);
  }

  /** The attempt is over; called while its enclosure is still there. */
  closed(entry: LedgerEntry): void {
    if (!hasStartedAny(entry)) return;
    const before = this.seen.get(entry);
    const enclosureMs = this.parts.killer.usedCpuMs(entry);
    if (enclosureMs !== undefined) this.countCpu(entry, before, { enclosureMs, processes: [] });
    this.seen.delete(entry);
    this.changed();
  }

  stop(): void {
    for (const entry of this.entries()) this.closed(entry);
    this.isStopped = true;
    clearTimeout(this.timer);
    this.report();
  }

  private wakeIn(ms: number): void {
    const at = monotonicMs() + ms;
    if (this.isStopped || this.wakesAt <= at) return;
    clearTimeout(this.timer);
    this.wakesAt = at;
    this.timer = setTimeout(() => void this.wake(), ms).unref();
  }

  private async wake(): Promise<void> {
    this.wakesAt = Infinity;
    const entries = this.entries();
    if (entries.length > 0 && monotonicMs() >= this.lookAt) await this.look(entries);
    if (this.isStopped) return;
    this.report();
    if (this.entries().length > 0) this.wakeIn(Math.max(REPORT_MS, Math.ceil(this.lookAt - monotonicMs())));
  }

  private async look(entries: LedgerEntry[]): Promise<void> {
    const begin = monotonicMs();
    this.lookAt = begin + LOOK_MS;
    try {
      const found = await this.parts.killer.findEach(entries);
      for (const [index, entry] of entries.entries()) await this.measure(entry, found[index]);
    } catch (error) {
      this.parts.notices.log('DEBUG', 'The processes could not be measured', { error: String(error) });
    }
    const now = monotonicMs();
    this.lookAt = Math.max(this.lookAt, now + (now - begin) * LOOK_SHARE);
  }

  private async measure(entry: LedgerEntry, found: ProcessInfo[]): Promise<void> {
    const processes: LiveUsage[] = [];
    await inSlices(found, (process) => {
      const used = usageOf(process);
      if (used) processes.push(used);
    });
    if (this.parts.ledger.get(entry.token) !== entry) return; // closed meanwhile
    const others = found.filter(({ pid }) => !entry.roots.has(pid)).map(({ pid }) => pid);
    const now = { others, processes, enclosureMs: this.parts.killer.usedCpuMs(entry) };
    this.countCpu(entry, this.seen.get(entry), now);
    this.seen.set(entry, now);
  }

  private countCpu(entry: LedgerEntry, before: CpuReading | undefined, now: CpuReading): void {
    if (!before && !startedSince(entry.sinceTicks, this.parts.beganTicks)) return;
    this.usage.addCpu(entry.activityType, usedBetween(before, now));
  }

  private report(): void {
    const isShown = this.parts.killer.containment.table.kind === 'procfs';
    const attempts = (this.isStopped ? [] : this.entries()).map((entry) => {
      const { others = [], processes = [] } = this.seen.get(entry) ?? {};
      // A child may be known since the look that has found it.
      const count = entry.roots.size + others.filter((pid) => !entry.roots.has(pid)).length;
      const memoryBytes = processes.reduce((sum, process) => sum + process.memoryBytes, 0);
      return { activityType: entry.activityType, processes: count, memoryBytes };
    });
    const types = this.usage.take(attempts, isShown);
    this.parts.notices.notify({ type: 'counted', counted: { what: 'usage', types } });
  }

  /** The attempts that may have processes. */
  private entries(): LedgerEntry[] {
    return this.parts.ledger.all().filter((entry) => entry.isLive && hasStartedAny(entry));
  }
}

/** False for an attempt that has only cleanup work to do. */
function hasStartedAny({ enclosure, hasUnenclosed, syncDepth }: LedgerEntry): boolean {
  return enclosure !== undefined || hasUnenclosed || syncDepth > 0;
}
