import type { ProcessInfo } from '../../contract/process-ref';

// Fields of /proc/PID/stat counted from the state, see proc_pid_stat(5).
const STATE = 0;
const PPID = 1;
const PGRP = 2;
const SESSION = 3;
const UTIME = 11;
const STIME = 12;
const CUTIME = 13;
const CSTIME = 14;
const NUM_THREADS = 17;
const STARTTIME = 19;
const RSS = 21;

function fieldsOf(line: string): string[] {
  return line.slice(line.lastIndexOf(') ') + 2).split(' ');
}

/** The number of threads, from a complete line. */
export function threadsOf(line: string): number {
  return Number(fieldsOf(line)[NUM_THREADS]);
}

/** What a complete line tells of the time and memory that a process has used. */
export interface UsageLine {
  startTicks: string;
  cpuTicks: number;
  /** Of the children that it has waited for. */
  waitedTicks: number;
  residentPages: number;
}

export function usageIn(line: string): UsageLine {
  const fields = fieldsOf(line);
  return {
    startTicks: fields[STARTTIME],
    cpuTicks: Number(fields[UTIME]) + Number(fields[STIME]),
    waitedTicks: Number(fields[CUTIME]) + Number(fields[CSTIME]),
    residentPages: Number(fields[RSS]),
  };
}

/**
 * Parses a line of `/proc/PID/stat`; undefined when it is cut short. The name may itself be `a) R 1 (b`, so the fields
 * begin after the last parenthesis.
 */
export function parseStat(line: string): ProcessInfo | undefined {
  const open = line.indexOf(' (');
  const close = line.lastIndexOf(') ');
  if (open < 1 || close < open) return undefined;
  const fields = fieldsOf(line);
  if (fields.length <= STARTTIME) return undefined;
  // The main thread may have ended before the others: the kernel shows Z although the process lives.
  const threadsLive = fields[STATE] === 'Z' && Number(fields[NUM_THREADS]) > 1;
  return {
    pid: Number(line.slice(0, open)),
    startTicks: fields[STARTTIME],
    ppid: Number(fields[PPID]),
    pgid: Number(fields[PGRP]),
    sid: Number(fields[SESSION]),
    state: threadsLive ? 'S' : fields[STATE],
    name: line.slice(open + 2, close),
  };
}
