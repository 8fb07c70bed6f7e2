import type { ReaperCommand } from '../../tracking/reaper-protocol';

/**
 * What a reaper has been told about the open attempts, so that its replacement after a crash can be told the same. Exited
 * processes and their groups are left out: the numbers may belong to strangers by then. That there were some is kept: the
 * marker still finds what they started, and nothing guarantees that it was enclosed.
 */
export class ReplayLog {
  private readonly attempts = new Map<string, ReaperCommand[]>();
  /** Attempts that have been killed and are not closed yet. */
  private readonly killed = new Set<string>();

  note(command: ReaperCommand): void {
    const { token } = command;
    switch (command.type) {
      case 'open':
        this.attempts.set(token, [command]);
        return;
      case 'processExited':
        this.replace(token, (told) => told.type === 'processStarted' && told.pid === command.pid);
        return;
      case 'syncEnded':
        this.replace(token, ({ type }) => type === 'syncStarted');
        return;
      case 'close':
        if (command.leftovers === 'keep' && !this.killed.has(token)) this.add(command);
        else this.delete(token);
        return;
      case 'cleanupRegistered':
      case 'markerHandedOut': // repeated many times; one is enough
        if (!this.attempts.get(token)?.some(({ type }) => type === command.type)) this.add(command);
        return;
      case 'enclosed':
      case 'startsAs':
      case 'escalation':
      case 'processStarted':
      case 'syncStarted':
        this.add(command);
    }
  }

  /** An attempt that completes asynchronously is over once it has been killed. */
  noteKilled(token: string): void {
    if (this.attempts.get(token)?.some(({ type }) => type === 'close')) this.delete(token);
    else if (this.attempts.has(token)) this.killed.add(token);
  }

  /** All commands, in the order in which they were given. */
  commands(): ReaperCommand[] {
    return [...this.attempts.values()].flat();
  }

  private add(command: ReaperCommand): void {
    this.attempts.get(command.token)?.push(command);
  }

  private replace(token: string, isIt: (command: ReaperCommand) => boolean): void {
    const told = this.attempts.get(token) ?? [];
    const at = told.map(isIt).lastIndexOf(true);
    if (at < 0) return;
    told.splice(at, 1);
    this.note({ type: 'markerHandedOut', token });
  }

  private delete(token: string): void {
    this.attempts.delete(token);
    this.killed.delete(token);
  }
}
