import { nativeAddon } from './addon';

/** What a child has used by its end, with all descendants that it has waited for. */
export interface ChildUsage {
  cpuMs: number;
  /** The largest resident memory of one of them; undefined if it was not clearly more than the child began with. */
  peakMemoryBytes?: number;
}

/**
 * Measures a child of Node's. Call it in the turn of the loop that has started the child: later, Node may have reaped it.
 *
 * @returns to be called once, when the child has ended, or nobody waits for that any more; undefined if it is unknown
 */
export function measureChild(pid: number | undefined): () => ChildUsage | undefined {
  const native = pid === undefined ? undefined : nativeAddon();
  if (pid === undefined || !native?.measure(pid)) return () => undefined;
  return () => {
    const [cpuUs, peakBytes = -1] = native.takeUsage(pid);
    if (cpuUs === undefined) return undefined;
    return { cpuMs: Math.round(cpuUs / 1_000), ...(peakBytes >= 0 && { peakMemoryBytes: peakBytes }) };
  };
}
