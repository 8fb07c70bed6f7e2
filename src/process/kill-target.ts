import type { ProcessRef } from '../contract/process-ref';

/** What a kill is about. */
export interface KillTarget {
  /** Direct children, known by identity; may have exited. Read afresh at each look. */
  roots(): Iterable<ProcessRef>;
  /** Process groups that a root leads or led. */
  groups(): Iterable<number>;
  /**
   * Environment variable that its processes carry; undefined: lineage only. The name begins with `MARKER_PREFIX`:
   * others are not read.
   */
  marker?: { name: string; matches(value: string): boolean };
  /** Nothing that started before belongs to it; decimal clock ticks, '' when unknown. */
  sinceTicks: string;
  /** A spawn is under way: an empty look concludes nothing yet. */
  spawning(): boolean;
}
