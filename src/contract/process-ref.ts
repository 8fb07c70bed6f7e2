/** A process, identified so that a recycled pid is not mistaken for it. */
export interface ProcessRef {
  pid: number;
  /** Start time in clock ticks since boot: with the pid, unique within one boot. Empty where the platform has none. */
  startTicks: string;
}

/** A process as one look at the process table shows it. */
export interface ProcessInfo extends ProcessRef {
  ppid: number;
  /** Process group. */
  pgid: number;
  /** Session. */
  sid: number;
  /** The kernel's state letter: R, S, D, T, t, Z, X … */
  state: string;
  /** Name of the program, at most 15 characters. */
  name: string;
}

/** What a process has used. Undefined: the platform, or the worker's version, does not report it. */
export interface ProcessUsage {
  /** When the process started, by the worker's clock: Unix time in ms. */
  startedAt?: number;
  /** CPU time of all its threads so far, in user and kernel mode, in ms. Without that of its children. */
  cpuMs?: number;
  /** Physical memory that it holds (resident set), in bytes. What processes share counts for each of them. */
  memoryBytes?: number;
}

/** A process in a list of attempts. */
export interface ListedProcess extends ProcessInfo, ProcessUsage {}
