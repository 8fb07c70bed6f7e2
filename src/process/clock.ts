/**
 * Milliseconds on a clock that cannot be set and never goes back: the same for all threads, and for all processes of a
 * host. Its zero is arbitrary; for people, and for the deadlines that Temporal takes, use `Date.now()`.
 */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}
