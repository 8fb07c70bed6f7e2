import { Context, asyncLocalStorage } from '@temporalio/activity';
import { ReaperError } from '../contract/errors';
import { attemptKey, formatMarker, markerName } from '../process/marker';
import { ownStartTicks } from '../process/identity';
import { isSignallablePid } from '../process/protect';
import { systemTable } from '../process/system-table';
import { attemptOf } from './attempt-of';
import { type AttemptScope, scopeStorage } from './attempt-scope';
import { isTracked } from './tracked-contexts';

/**
 * The attempt that the code runs in; undefined in an activity that nothing tracks: in a mock environment, or of a Worker
 * without the plugin.
 */
function currentScope(what: string): AttemptScope | undefined {
  const scope = scopeStorage.getStore();
  if (scope) return scope;
  const context = asyncLocalStorage.getStore();
  if (context && !isTracked(context)) return undefined;
  throw new ReaperError('NOT_IN_ACTIVITY', `${what} is called outside of an activity, or in untracked()`);
}

/** No host goes by that name: it never reads as an attempt's. */
const NO_HOST = 'untracked';

function nobodysMarker(): { name: string; value: string } {
  const attempt = attemptOf(Context.current().info);
  const key = attemptKey(attempt);
  const worker = { hostId: NO_HOST, workerPid: process.pid, workerStartTicks: ownStartTicks() };
  return { name: markerName(key), value: formatMarker({ key, ...worker, attempt: attempt.attempt }) };
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
 * In an activity that nothing tracks, such as one in a `MockActivityEnvironment`, it only checks the pid.
 *
 * @param pid of a direct child of the worker
 * @throws ReaperError `NOT_IN_ACTIVITY`, `PROCESS_NOT_FOUND`, `PROCESS_PROTECTED`, `ATTEMPT_KILLED`
 */
export function track(pid: number): void {
  const scope = currentScope('track()');
  if (!isSignallablePid(pid) || pid === process.pid || pid === process.ppid) {
    throw new ReaperError('PROCESS_PROTECTED', `Process ${pid} must not be killed: name a process that you started`);
  }
  const found = systemTable().read(pid);
  if (!found) throw new ReaperError('PROCESS_NOT_FOUND', `There is no process ${pid}`);
  // On Windows nobody's parent is known.
  if (found.ppid !== process.pid && process.platform !== 'win32') {
    throw new ReaperError('PROCESS_PROTECTED', `Process ${pid} is no child of this worker: it may be anybody's`);
  }
  scope?.adopt(pid);
}

/**
 * The variable that marks a process as the attempt's, to be set where no hook reaches: `docker run --env`, a label, a
 * remote command. On this host the process is then found wherever it hides; elsewhere it is a name to look for.
 *
 * In an activity that nothing tracks, such as one in a `MockActivityEnvironment`, it has the same form, and no reaper
 * looks for it.
 *
 * @throws ReaperError `NOT_IN_ACTIVITY`
 */
export function markerEnv(): Record<string, string> {
  const { name, value } = currentScope('markerEnv()')?.handOutMarker() ?? nobodysMarker();
  return { [name]: value };
}

/**
 * Registers cleanup for work that is no child process: a container, a remote job. It runs once, when the attempt is
 * killed; the attempt then ends only when it is done, or the grace period is over. Spawns in it are not tracked, and not
 * refused. Not called when the activity returns or throws by itself, nor in one that nothing tracks, such as one in a
 * `MockActivityEnvironment`.
 *
 * @throws ReaperError `NOT_IN_ACTIVITY`
 */
export function onKill(fn: () => unknown): void {
  currentScope('onKill()')?.onKill(fn);
}
