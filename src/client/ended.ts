/**
 * What became of a request:
 * - `done`: it has its outcome
 * - `unserved`: no worker took it, or its worker died; it was withdrawn
 * - `broken`: it ended without an outcome
 * - `late`: it goes on, beyond the wait
 */
export type Ended<T> =
  { kind: 'done'; outcome: T } | { kind: 'unserved' | 'broken' | 'late'; why: string; cause?: unknown };
