import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** What became of a start: what it returned, or Node's own error. */
export type StartOutcome<T> = { value: T } | { error: Promise<NodeJS.ErrnoException> };

/**
 * Starts a process by a function, such as execa's, that trips over a child process without streams. Node returns one when it
 * has no file descriptors left for them, and tells of the error by an event. Nobody would listen to it, so it would end the
 * worker.
 */
export function startedBy<T>(start: () => T): StartOutcome<T> {
  let child: ChildProcess | undefined;
  let error: Promise<NodeJS.ErrnoException> | undefined;
  const note = (message: unknown): void => {
    const created = (child = (message as { process: ChildProcess }).process);
    error = new Promise((resolve) => created.once('error', resolve));
  };
  subscribe('child_process', note);
  try {
    return { value: start() };
  } catch (thrown) {
    if (!error || child?.pid !== undefined) throw thrown;
    return { error };
  } finally {
    unsubscribe('child_process', note);
  }
}
