import { ReaperError } from '../contract/errors';
import { startTicksOf } from '../process/identity';
import { isSignallablePid } from '../process/protect';
import { type AttemptScope, scopeStorage } from './attempt-scope';

function currentScope(what: string): AttemptScope {
  const scope = scopeStorage.getStore();
  if (scope) return scope;
  throw new ReaperError('NOT_IN_ACTIVITY', `${what} is called outside of an activity of a worker with ReaperPlugin`);
}

/**
 * Runs `fn` outside of the attempt's tracking: processes that it starts are meant to outlive the activity, and are never
 * killed. Returns what `fn` returns. Outside of an activity it just runs it.
 */
export function untracked<T>(fn: () => T): T {
  return scopeStorage.exit(fn);
}

/**
 * Tracks a process that no hook can see, for instance of node-pty or a native addon, with all that descends from it.
 *
 * @param pid of a direct child of the worker
 * @throws ReaperError `NOT_IN_ACTIVITY`, `PROCESS_NOT_FOUND`, `PROCESS_PROTECTED`, `ATTEMPT_KILLED`
 */
export function track(pid: number): void {
  const scope = currentScope('track()');
  if (!isSignallablePid(pid) || pid === process.pid || pid === process.ppid) {
    throw new ReaperError('PROCESS_PROTECTED', `Process ${pid} must not be killed: name a process that you started`);
  }
  if (startTicksOf(pid) === undefined) throw new ReaperError('PROCESS_NOT_FOUND', `There is no process ${pid}`);
  scope.adopt(pid);
}

/**
 * The variable that marks a process as the attempt's, to be set where no hook reaches: `docker run --env`, a label, a
 * remote command. On this host the process is then found wherever it hides; elsewhere it is a name to look for.
 *
 * @throws ReaperError `NOT_IN_ACTIVITY`
 */
export function markerEnv(): Record<string, string> {
  const scope = currentScope('markerEnv()');
  return { [scope.markerName]: scope.markerValue };
}

/**
 * Registers cleanup for work that is no child process: a container, a remote job. It runs once, when the attempt is
 * killed; the attempt then ends only when it is done, or the grace period is over. Spawns in it are not tracked, and not
 * refused. Not called when the activity returns or throws by itself.
 *
 * @throws ReaperError `NOT_IN_ACTIVITY`
 */
export function onKill(fn: () => unknown): void {
  currentScope('onKill()').onKill(fn);
}
