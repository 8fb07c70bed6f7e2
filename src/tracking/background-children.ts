import type { ChildProcess } from 'node:child_process';

/** Node's handle of a running child; internal to Node. */
interface WithHandle {
  _handle?: { hasRef?(): boolean } | null;
}

/**
 * The running children of an attempt. Nobody waits for a child that its starter has unreferenced: it may be a helper that a
 * library keeps for later use.
 */
export class BackgroundChildren {
  private readonly running = new Map<ChildProcess, string>();

  add(child: ChildProcess, program: string): void {
    this.running.set(child, program);
  }

  /** It has exited. */
  delete(child: ChildProcess): void {
    this.running.delete(child);
  }

  /** The programs of running children that nobody waits for. */
  programs(): string[] {
    return [...this.running].flatMap(([child, program]) => (isUnreferenced(child) ? [program] : []));
  }
}

function isUnreferenced(child: ChildProcess): boolean {
  return (child as WithHandle)._handle?.hasRef?.() === false;
}
