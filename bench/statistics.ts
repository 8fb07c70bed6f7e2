/** The nearest-rank percentile: always one of the measured values. */
export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

export function median(values: number[]): number {
  return percentile(values, 0.5);
}
