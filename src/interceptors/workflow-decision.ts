import { patched, workflowInfo } from '@temporalio/workflow';

/**
 * Which runs kill before they cancel:
 * - `every run`: from the run's first cancel that is not in history yet
 * - `runs that have begun`: only runs whose history shows that they have, until they end. Their later cancels must replay
 *   alike on every worker, whatever its mode
 */
export type GatedRuns = 'every run' | 'runs that have begun';

/** The history of every run that has killed before it cancelled contains this patch marker. */
const PATCH = 'temporal-reaper';

/** Decides at each cancel of a run whether to kill first. */
export class CancelDecision {
  private begun = false;

  constructor(private readonly gated: GatedRuns) {}

  /** Whether this cancel waits for a kill. The first such cancel writes the marker to history. */
  killsFirst(): boolean {
    // Outside of a replay, patched() returns true and adds a marker.
    const mayBegin = this.gated === 'every run' || workflowInfo().unsafe.isReplaying;
    if (!this.begun && mayBegin) this.begun = patched(PATCH);
    return this.begun;
  }

  /** Whether the next cancel of this run will wait for a kill. */
  get willKillFirst(): boolean {
    return this.begun || this.gated === 'every run';
  }
}
