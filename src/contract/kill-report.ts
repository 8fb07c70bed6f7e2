import type { ProcessRef } from './process-ref';

/** How processes were found; DESIGN: never downgraded silently, named in every report. */
export const CONTAINMENT_LEVELS = ['cgroup', 'subreaper', 'scan', 'basic'] as const;
export type ContainmentLevel = (typeof CONTAINMENT_LEVELS)[number];

/** What stands behind "nothing is left": the kernel's word, a look at the process table, or nothing. */
export type Proof = 'kernel' | 'scan' | 'none';

/**
 * - `exited`: gone within the grace period
 * - `killed`: gone after SIGKILL
 * - `survived`: alive after the last step, for instance in uninterruptible sleep
 * - `denied`: alive, and we may not signal it (EPERM: it changed its user)
 */
export type Fate = 'exited' | 'killed' | 'survived' | 'denied';

/** Numbers of processes, by what became of them. */
export type Fates = Record<Fate, number>;

/** One process and what became of it. */
export interface ProcessFate extends ProcessRef {
  ppid: number;
  pgid: number;
  sid: number;
  /** Name of the program, at most 15 characters; never its arguments, which may hold secrets. */
  name: string;
  fate: Fate;
  /** Last signal that we sent; undefined when it was gone or denied before any. */
  signal?: string;
  /** From the start of the kill to the look that found it dead, in ms; undefined while alive. */
  deadAfterMs?: number;
  /** Kernel state letter of a survivor. */
  state?: string;
}

/** The value that every kill returns. */
export interface KillReport {
  level: ContainmentLevel;
  proof: Proof;
  /** Unix time in ms at which the kill began. */
  startedAt: number;
  /** Unix time in ms of the first signal; undefined when there was nothing to signal. */
  firstSignalAt?: number;
  /** Unix time in ms at which the last process was seen dead; undefined when nothing died. */
  lastDeathAt?: number;
  /** From start to report, in ms. */
  durationMs: number;
  /** Looks at the process table. */
  looks: number;
  processes: ProcessFate[];
  /** Numbers of those that are not listed, since the answer would not fit; undefined when all are. */
  omitted?: Fates;
}

/** The report of a kill that had nothing to do. */
export function nothingKilled({ level, proof }: Pick<KillReport, 'level' | 'proof'>): KillReport {
  return { level, proof, startedAt: Date.now(), durationMs: 0, looks: 0, processes: [] };
}

export function noFates(): Fates {
  return { exited: 0, killed: 0, survived: 0, denied: 0 };
}

/** Adds up, into `sum`. */
export function addFates(sum: Fates, more: Fates | undefined): Fates {
  if (more) for (const fate of Object.keys(sum) as Fate[]) sum[fate] += more[fate];
  return sum;
}

/** Numbers of all processes of a report, listed or not. */
export function fatesOf({ processes, omitted }: Pick<KillReport, 'processes' | 'omitted'>): Fates {
  const fates = addFates(noFates(), omitted);
  for (const { fate } of processes) fates[fate] += 1;
  return fates;
}

export function isAlive({ fate }: Pick<ProcessFate, 'fate'>): boolean {
  return fate === 'survived' || fate === 'denied';
}

/** The listed processes of a report that are still alive; {@link survivalsOf} counts those that are not listed too. */
export function survivorsOf(report: KillReport): ProcessFate[] {
  return report.processes.filter(isAlive);
}

/** Number of processes that a report saw die. */
export function deathsOf(report: KillReport): number {
  const { exited, killed } = fatesOf(report);
  return exited + killed;
}

/** Number of processes that a report leaves alive. */
export function survivalsOf(report: KillReport): number {
  const { survived, denied } = fatesOf(report);
  return survived + denied;
}
