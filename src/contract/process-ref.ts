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
