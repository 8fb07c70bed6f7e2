import { patched, workflowInfo } from '@temporalio/workflow';

/**
 * Which runs kill before they cancel:
 * - `every run`: from its first cancel on that is not in history yet
 * - `runs that have begun`: those whose history says so, until they end; their later cancels have to be alike on every
 *   worker, whatever its mode
 */
export type GatedRuns = 'every run' | 'runs that have begun';

/** Its marker stands in the history of every run that has killed before it cancelled. */
const PATCH = 'temporal-reaper';

/** A run's decision, made at each of its cancels. */
export class Decision {
  private begun = false;

  constructor(private readonly gated: GatedRuns) {}

  /** Whether this cancel waits for a kill. Writes the marker to history when it is the first that does. */
  killsFirst(): boolean {
    // Outside of a replay the SDK's answer is yes, with a new marker.
    const mayBegin = this.gated === 'every run' || workflowInfo().unsafe.isReplaying;
    if (!this.begun && mayBegin) this.begun = patched(PATCH);
    return this.begun;
  }

  /** Whether the next cancel of this run will wait for a kill. */
  get willKillFirst(): boolean {
    return this.begun || this.gated === 'every run';
  }
}
