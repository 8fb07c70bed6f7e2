import { ReaperError } from '../contract/errors';
import type { Escalation } from '../contract/escalation';
import { type KillReport, survivorsOf } from '../contract/kill-report';
import { killProcessTree } from '../process/kill-process-tree';

/** What became of a command that has run too long: the report of its kill, or why it could not be killed and may still run. */
export type TimedOut = { report: KillReport } | { refused: string };

/** Kills a command when its time is over. */
export class CommandTimeout {
  private readonly timer: NodeJS.Timeout | undefined;
  private isLifted = false;
  private killing: Promise<TimedOut | undefined> | undefined;
  private giveUp!: () => void;
  /** Resolves when the command cannot be killed: it may run for ever. */
  readonly survived = new Promise<undefined>((resolve) => (this.giveUp = () => resolve(undefined)));

  /** @param timeoutMs undefined: no limit */
  constructor(pid: number | undefined, timeoutMs: number | undefined, escalation: Escalation) {
    if (pid === undefined || timeoutMs === undefined) return;
    const kill = (): void => {
      if (!this.isLifted) this.killing = this.kill(pid, escalation);
    };
    // Later in this turn of the loop: after a block of the loop, the exit of a command that has ended in time comes first.
    this.timer = setTimeout(() => setImmediate(kill), timeoutMs);
  }

  /** The command has ended: its number may soon be another's. */
  lift(): void {
    this.isLifted = true;
    clearTimeout(this.timer);
  }

  /** Undefined if it ended in time. */
  async outcome(): Promise<TimedOut | undefined> {
    return this.killing;
  }

  /** Never rejects: nobody may be waiting for it yet. */
  private async kill(pid: number, escalation: Escalation): Promise<TimedOut | undefined> {
    try {
      const report = await killProcessTree(pid, escalation);
      if (survivorsOf(report).some((process) => process.pid === pid)) this.giveUp();
      return { report };
    } catch (error) {
      if (error instanceof ReaperError && error.code === 'PROCESS_NOT_FOUND') return undefined; // it has just ended
      this.giveUp();
      return { refused: error instanceof Error ? error.message : String(error) };
    }
  }
}
