import type { ProcessRef } from '../../contract/process-ref';
import type { EnclosureRef } from '../containment/enclosure';

/** What a kill targets. */
export interface KillTarget {
  /** Direct children, known by identity; they may have exited. Read again at each look. */
  roots(): Iterable<ProcessRef>;
  /** Process groups that a root leads or led. */
  groups(): Iterable<number>;
  /**
   * Environment variable that its processes carry; undefined: lineage only. It has the name of a marker: no other
   * variables are read.
   */
  marker?: { name: string; matches(value: string): boolean };
  /** Users, besides our own, that its processes are known to have become: no other user's marker is believed by itself. */
  users?: () => Iterable<number>;
  /** Nothing that started earlier belongs to it; decimal clock ticks, '' when unknown. */
  sinceTicks: string;
  /** Whether a spawn is in progress: then an empty look proves nothing yet. */
  spawning(): boolean;
  /** Where its processes were started; undefined, or returning undefined: in no enclosure. */
  enclosure?: () => EnclosureRef | undefined;
  /** Whether every process that it started is enclosed, as far as the spawning side can tell. */
  isWholeEnclosed?: () => boolean;
}
