import type { ProcessInfo, ProcessRef, ProcessUsage } from '../../contract/process-ref';
import type { ProcessSnapshot } from './process-snapshot';

/** A variable of a process's environment. */
export type EnvEntry = readonly [name: string, value: string];

/** A moment, as the process table can determine it. */
export interface TableMoment {
  /** A lower bound. */
  ticks: string;
  /** The last pid that was given to a process; NaN when unknown. */
  lastPid: number;
}

/** What the table tells of a process's use. */
export interface MeasuredUsage extends ProcessUsage {
  /** CPU time of the children that it has waited for, in ms. */
  waitedCpuMs?: number;
}

/**
 * The operating system's processes. Start ticks of different tables are never comparable: `procfs` counts clock ticks since
 * boot, `ps` seconds since 1970, and `none` has none.
 */
export interface ProcessTable {
  readonly kind: 'procfs' | 'ps' | 'none';
  /**
   * One snapshot of all processes, without those that vanish meanwhile. Gives the event loop a turn every few ms.
   *
   * @param freshSince processes that started before it may be up to half a second out of date; '' (default): none may
   */
  look(freshSince?: string): Promise<ProcessSnapshot>;
  /** One process, read synchronously; undefined when there is none. */
  read(pid: number): ProcessInfo | undefined;
  /** What a process has used so far, read synchronously; undefined when it is gone. Absent where nothing is known. */
  usage?(process: ProcessRef): MeasuredUsage | undefined;
  /** A process and its descendants, without a look at all others; not on every platform. Orphans are missing. */
  family?(pid: number): ProcessInfo[];
  /** The current moment, for {@link ProcessTable.existedAt}. */
  moment?(): TableMoment;
  /** Whether a process existed at that moment; false when that cannot be determined. */
  existedAt?(process: ProcessInfo, moment: TableMoment): boolean;
  /** The variables of a process whose name begins with `prefix`; undefined when it is gone or we may not look at it. */
  environ(pid: number, prefix: string): EnvEntry[] | undefined;
  /** The real user of a process; undefined when it is gone. Absent on platforms where environments cannot be read. */
  realUid?(pid: number): number | undefined;
  /** A lower bound of the ticks of a process that starts now; empty when unknown. */
  nowTicks(): string;
}
