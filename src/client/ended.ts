/**
 * How a request ended:
 * - `done`: with an outcome
 * - `unserved`: withdrawn, because no worker took it or its worker died
 * - `broken`: without an outcome
 * - `late`: not yet; it still runs after the wait
 */
export type RequestEnd<T> =
  { kind: 'done'; outcome: T } | { kind: 'unserved' | 'broken' | 'late'; why: string; cause?: unknown };
