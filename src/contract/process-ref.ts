/** A process, identified so that a recycled pid is never taken for it. */
export interface ProcessRef {
  pid: number;
  /** Start time in clock ticks since boot; with the pid it names one process of one boot. Empty where the platform has none. */
  startTicks: string;
}

/** What the process table says of a process at one look. */
export interface ProcessInfo extends ProcessRef {
  ppid: number;
  /** Process group. */
  pgid: number;
  /** Session. */
  sid: number;
  /** The kernel's letter: R, S, D, T, t, Z, X … */
  state: string;
  /** Name of the program, at most 15 characters. */
  name: string;
}
