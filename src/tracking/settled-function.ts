/** The outcome of the user's function. */
export type SettledFunction = { value: unknown } | { error: unknown };

/** Returns or throws the outcome, as the SDK expects it. */
export function unwrapSettled(settled: SettledFunction): unknown {
  if ('error' in settled) throw settled.error;
  return settled.value;
}
