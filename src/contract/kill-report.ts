import type { ProcessRef } from './process-ref';

/** How processes were found. The level is never lowered silently, and every report names it. */
export const CONTAINMENT_LEVELS = ['cgroup', 'subreaper', 'scan', 'basic'] as const;
/** How processes are found, from the most certain way to the least; docs/containment.md explains them. */
export type ContainmentLevel = (typeof CONTAINMENT_LEVELS)[number];

/** What "nothing is left" rests on: the kernel, a scan of the process table, or nothing. */
export type Proof = 'kernel' | 'scan' | 'none';

/**
 * - `exited`: gone within the grace period
 * - `killed`: gone after SIGKILL
 * - `survived`: alive after the last step, for instance in uninterruptible sleep
 * - `denied`: alive, and signalling it is not permitted (EPERM: it changed its user)
 */
export type Fate = 'exited' | 'killed' | 'survived' | 'denied';

/** Numbers of processes by fate. */
export type Fates = Record<Fate, number>;

/** One process and its fate. */
export interface ProcessFate extends ProcessRef {
  ppid: number;
  pgid: number;
  sid: number;
  /** Name of the program, at most 15 characters; never its arguments, which may hold secrets. */
  name: string;
  fate: Fate;
  /** The last signal sent; undefined when the process was gone or denied before any was sent. */
  signal?: string;
  /** From the start of the kill to the look that found the process dead, in ms; undefined while it is alive. */
  deadAfterMs?: number;
  /** Kernel state letter of a survivor. */
  state?: string;
}

/** A process that only its own marker connects with an attempt. */
export interface DoubtedProcess {
  pid: number;
  name: string;
  /** Its real user. */
  uid: number;
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
  /**
   * Processor time of everything that has ever run in the attempt's cgroup, in ms, whether it was killed or had ended before;
   * undefined at other levels, and where there is no such cgroup. What ran outside of it does not count.
   */
  cpuMs?: number;
  /** How often the process table was read. */
  looks: number;
  processes: ProcessFate[];
  /** Counts of processes left out because the answer would not fit; undefined when all are listed. */
  omitted?: Fates;
  /**
   * Left alone: processes that carry the attempt's marker, but run as a user that the attempt is not known to have used.
   * At most ten; undefined when there are none.
   */
  doubted?: DoubtedProcess[];
}

/** A {@link KillReport} in short: the number of processes of each fate. */
export type KillSummary = Pick<KillReport, 'level' | 'proof' | 'durationMs' | 'cpuMs'> & Fates;

/** The report of a kill that had nothing to do. */
export function nothingKilled({ level, proof }: Pick<KillReport, 'level' | 'proof'>): KillReport {
  return { level, proof, startedAt: Date.now(), durationMs: 0, looks: 0, processes: [] };
}

export function noFates(): Fates {
  return { exited: 0, killed: 0, survived: 0, denied: 0 };
}

/** Adds `more` to `sum` in place. */
export function addFates(sum: Fates, more: Fates | undefined): Fates {
  if (more) for (const fate of Object.keys(sum) as Fate[]) sum[fate] += more[fate];
  return sum;
}

/** Counts all processes of a report, listed or not. */
export function fatesOf({ processes, omitted }: Pick<KillReport, 'processes' | 'omitted'>): Fates {
  const fates = addFates(noFates(), omitted);
  for (const { fate } of processes) fates[fate] += 1;
  return fates;
}

export function summaryOf(report: KillReport): KillSummary {
  const { level, proof, durationMs, cpuMs } = report;
  return { level, proof, durationMs, ...(cpuMs !== undefined && { cpuMs }), ...fatesOf(report) };
}

export function isAlive({ fate }: Pick<ProcessFate, 'fate'>): boolean {
  return fate === 'survived' || fate === 'denied';
}

/** The listed processes of a report that are still alive; its `omitted` counts those left out. */
export function survivorsOf(report: KillReport): ProcessFate[] {
  return report.processes.filter(isAlive);
}

/** Number of processes that a report shows dead. */
export function deathsOf(report: KillReport): number {
  const { exited, killed } = fatesOf(report);
  return exited + killed;
}

/** Number of processes that a report shows alive. */
export function survivalsOf(report: KillReport): number {
  const { survived, denied } = fatesOf(report);
  return survived + denied;
}
