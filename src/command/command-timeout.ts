import { ReaperError } from '../contract/errors';
import type { Escalation } from '../contract/escalation';
import type { KillReport } from '../contract/kill-report';
import { killProcessTree } from '../process/kill-process-tree';

/** What became of a command that has run too long: the report of its kill, or why it could not be killed and may still run. */
export type TimedOut = { report: KillReport } | { refused: string };

/** Kills a command when its time is over. */
export class CommandTimeout {
  private readonly timer: NodeJS.Timeout | undefined;
  private killing: Promise<TimedOut | undefined> | undefined;
  private refuse!: () => void;
  /** Resolves when the kill was refused: the command may run for ever. */
  readonly refused = new Promise<undefined>((resolve) => (this.refuse = () => resolve(undefined)));

  /** @param timeoutMs undefined: no limit */
  constructor(pid: number | undefined, timeoutMs: number | undefined, escalation: Escalation) {
    if (pid === undefined || timeoutMs === undefined) return;
    const kill = (): void => {
      this.killing = this.kill(pid, escalation);
    };
    this.timer = setTimeout(kill, timeoutMs);
  }

  /** The command has ended: its number may soon be another's. */
  lift(): void {
    clearTimeout(this.timer);
  }

  /** Undefined if it ended in time. */
  async outcome(): Promise<TimedOut | undefined> {
    return this.killing;
  }

  /** Never rejects: nobody may be waiting for it yet. */
  private async kill(pid: number, escalation: Escalation): Promise<TimedOut | undefined> {
    try {
      return { report: await killProcessTree(pid, escalation) };
    } catch (error) {
      if (error instanceof ReaperError && error.code === 'PROCESS_NOT_FOUND') return undefined; // it has just ended
      this.refuse();
      return { refused: error instanceof Error ? error.message : String(error) };
    }
  }
}
