import type { ProcessRef } from '../contract/process-ref';
import type { EnclosureRef } from './containment/enclosure';

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
  /** Where its processes were started; undefined, and for as long as it returns nothing: in no enclosure. */
  enclosure?: () => EnclosureRef | undefined;
  /** Whether every process that it started is enclosed, as far as whoever started it can say. */
  isWholeEnclosed?: () => boolean;
}
