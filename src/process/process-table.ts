import type { ProcessInfo } from '../contract/process-ref';
import type { Look } from './look';

/** A variable of a process's environment. */
export type EnvEntry = readonly [name: string, value: string];

/**
 * The operating system's processes. Start ticks of one table are never comparable with those of another: `procfs` counts
 * clock ticks since boot, `ps` seconds since 1970, `none` knows none.
 */
export interface ProcessTable {
  readonly kind: 'procfs' | 'ps' | 'none';
  /**
   * One snapshot of all processes; those that vanish meanwhile are left out. Gives the event loop a turn every few ms.
   *
   * @param freshSince processes that started before may be shown as they were up to half a second ago; '' (default): none
   */
  look(freshSince?: string): Promise<Look>;
  /** One process, read now and synchronously; undefined when there is none. */
  read(pid: number): ProcessInfo | undefined;
  /** The variables of a process whose name begins with `prefix`; undefined when it is gone or we may not look. */
  environ(pid: number, prefix: string): EnvEntry[] | undefined;
  /** A lower bound of the ticks of a process that starts now; empty when unknown. */
  nowTicks(): string;
}
