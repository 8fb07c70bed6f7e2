import type { ProcessInfo, ProcessRef } from '../../contract/process-ref';
import { systemTable } from '../../process/table/system-table';

/** What one live process uses. */
export interface LiveUsage extends ProcessRef {
  ppid: number;
  /** Resident memory. Pages that processes share count in each of them. */
  memoryBytes: number;
  /** CPU time so far, with that of children that it has waited for. */
  cpuMs: number;
}

/** Reads what a process uses; undefined when it is gone, we may not look at it, or the platform does not tell. */
export function usageOf(process: ProcessInfo): LiveUsage | undefined {
  const { cpuMs, waitedCpuMs = 0, memoryBytes = 0 } = systemTable().usage?.(process) ?? {};
  if (cpuMs === undefined) return undefined;
  const { pid, startTicks, ppid } = process;
  return { pid, startTicks, ppid, memoryBytes, cpuMs: cpuMs + waitedCpuMs };
}
