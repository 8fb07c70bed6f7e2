import type { ReaperNotices } from '../tracking/link';

/** Keeps log lines until there is a reaper through which they reach the worker's log. */
export class EarlyLines {
  private kept: Parameters<ReaperNotices['log']>[] = [];
  private log: ReaperNotices['log'] | undefined;

  readonly add: ReaperNotices['log'] = (...line) => {
    if (this.log) this.log(...line);
    else this.kept.push(line);
  };

  /** The first one that is named gets what was kept, and what comes. */
  passTo(log: ReaperNotices['log']): void {
    this.log ??= log;
    for (const line of this.kept.splice(0)) this.log(...line);
  }
}
