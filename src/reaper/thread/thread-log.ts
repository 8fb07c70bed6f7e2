import type { ReaperLog } from '../../tracking/reaper-protocol';

/** The log of a thread: keeps lines while no reaper is there to pass them to the worker's log. */
export class ThreadLog {
  private kept: Parameters<ReaperLog>[] = [];
  private log: ReaperLog | undefined;

  readonly add: ReaperLog = (...line) => {
    if (this.log) this.log(...line);
    else this.kept.push(line);
  };

  /** Passes all kept lines and all later ones to this log; undefined: keeps them again. */
  passTo(log: ReaperLog | undefined): void {
    this.log = log;
    if (log) for (const line of this.kept.splice(0)) log(...line);
  }
}
