import type { ReaperCall } from './thread-protocol';

/**
 * What a reaper has been told of the attempts that are open, so that the one that replaces it after a crash can be told
 * the same. Exited processes are left out, with their groups: those numbers may be strangers' by then. That there were some is
 * kept: the marker still finds what they have started, and nobody vouches that they were enclosed.
 */
export class Journal {
  private readonly attempts = new Map<string, ReaperCall[]>();
  /** Those that have been killed, and are not closed yet. */
  private readonly killed = new Set<string>();

  note(call: ReaperCall): void {
    switch (call.name) {
      case 'open':
        this.attempts.set(call.args[0].token, [call]);
        return;
      case 'processExited': {
        const [token, pid] = call.args;
        this.replace(token, (told) => told.name === 'processStarted' && told.args[1] === pid);
        return;
      }
      case 'syncEnded':
        this.replace(call.args[0], ({ name }) => name === 'syncStarted');
        return;
      case 'close':
        if (call.args[1] === 'keep' && !this.killed.has(call.args[0])) this.add(call.args[0], call);
        else this.delete(call.args[0]);
        return;
      case 'enclosed':
      case 'processStarted':
      case 'syncStarted':
      case 'cleanupRegistered':
      case 'markerHandedOut':
        this.add(call.args[0], call);
        return;
      case 'kill':
      case 'finish':
      case 'fence':
      case 'reportCancellation': // whoever asks for these waits for the answer, and asks again
    }
  }

  /** An attempt that completes asynchronously is over when it has been killed. */
  noteKilled(token: string): void {
    if (this.attempts.get(token)?.some(({ name }) => name === 'close')) this.delete(token);
    else if (this.attempts.has(token)) this.killed.add(token);
  }

  /** Everything, in the order in which it was told. */
  calls(): ReaperCall[] {
    return [...this.attempts.values()].flat();
  }

  private add(token: string, call: ReaperCall): void {
    const told = this.attempts.get(token);
    if (!told) return;
    // Told again and again, it says nothing new.
    const isKnown = call.args.length === 1 && told.some(({ name }) => name === call.name);
    if (!isKnown) told.push(call);
  }

  private replace(token: string, isIt: (call: ReaperCall) => boolean): void {
    const told = this.attempts.get(token) ?? [];
    const at = told.map(isIt).lastIndexOf(true);
    if (at < 0) return;
    told.splice(at, 1);
    this.add(token, { name: 'markerHandedOut', args: [token] });
  }

  private delete(token: string): void {
    this.attempts.delete(token);
    this.killed.delete(token);
  }
}
