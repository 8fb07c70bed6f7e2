import { Context, asyncLocalStorage } from '@temporalio/activity';
import { ReaperError } from '../contract/errors';
import { type EscalationOptions, resolveEscalation } from '../contract/escalation';
import { type MarkerVariable, markerOf, markerVariable } from '../process/marker';
import { ownStartTicks } from '../process/table/liveness';
import { isSignallablePid } from '../process/kill/protect';
import { systemTable } from '../process/table/system-table';
import { attemptOf } from './attempt-of';
import type { AttemptScope } from './attempt-scope';
import { scopeStorage } from './scope-storage';
import { isTracked } from './tracked-contexts';

/**
 * The attempt that the calling code runs in; undefined in an activity that is not tracked: in a mock environment, or in a
 * Worker without the plugin.
 */
function currentScope(what: string): AttemptScope | undefined {
  const scope = scopeStorage.getStore();
  if (scope) return scope;
  const context = asyncLocalStorage.getStore();
  if (context && !isTracked(context)) return undefined;
  throw new ReaperError('NOT_IN_ACTIVITY', `${what} was called outside an activity or inside untracked()`);
}

/** No host has this id, so the marker never counts as an attempt's. */
const NO_HOST = 'untracked';

function nobodysMarker(): MarkerVariable {
  const worker = { hostId: NO_HOST, workerPid: process.pid, workerStartTicks: ownStartTicks() };
  return markerVariable(markerOf(attemptOf(Context.current().info), worker));
}

/**
 * Runs `fn` outside the attempt's tracking: processes that it starts are meant to outlive the activity and are never
 * killed. Returns what `fn` returns. Outside an activity it only calls `fn`.
 */
export function untracked<T>(fn: () => T): T {
  return scopeStorage.exit(fn);
}

/**
 * Tracks a process that no hook can see, for instance one started by node-pty or a native addon, with all its descendants.
 *
 * In an activity that is not tracked, such as one in a `MockActivityEnvironment`, it only checks the pid.
 *
 * @param pid of a direct child of the worker
 * @throws ReaperError `NOT_IN_ACTIVITY`, `PROCESS_NOT_FOUND`, `PROCESS_PROTECTED`, `ATTEMPT_KILLED`
 */
export function track(pid: number): void {
  const scope = currentScope('track()');
  if (!isSignallablePid(pid) || pid === process.pid || pid === process.ppid) {
    throw new ReaperError('PROCESS_PROTECTED', `Process ${pid} must not be killed: pass a process that you started`);
  }
  const found = systemTable().read(pid);
  if (!found) throw new ReaperError('PROCESS_NOT_FOUND', `There is no process ${pid}`);
  // On Windows the parent of a process is unknown.
  if (found.ppid !== process.pid && process.platform !== 'win32') {
    throw new ReaperError('PROCESS_PROTECTED', `Process ${pid} is not a child of this worker: it may be a stranger's`);
  }
  scope?.adopt(pid);
}

/**
 * The environment variable that marks a process as the attempt's, for starts that no hook reaches: `docker run --env`, a
 * label, a remote command. On this host the process is then found wherever it hides; elsewhere the variable is a name to
 * search for.
 *
 * In an activity that is not tracked, such as one in a `MockActivityEnvironment`, the variable has the same form, but no
 * reaper searches for it.
 *
 * @throws ReaperError `NOT_IN_ACTIVITY`
 */
export function markerEnv(): Record<string, string> {
  const { name, value } = currentScope('markerEnv()')?.handOutMarker() ?? nobodysMarker();
  return { [name]: value };
}

/**
 * Registers cleanup for work that is not a child process: a container, a remote job. It runs once, when the attempt is
 * killed; the attempt then ends only when the cleanup is done or the grace period is over. Processes that the cleanup
 * starts are neither tracked nor refused. Not called when the activity returns or throws by itself, nor in an activity that
 * is not tracked, such as one in a `MockActivityEnvironment`.
 *
 * @throws ReaperError `NOT_IN_ACTIVITY`
 */
export function onKill(fn: () => unknown): void {
  currentScope('onKill()')?.onKill(fn);
}

/**
 * Sets how the processes of the calling attempt are killed from now on: the first signal, the grace, the wait after SIGKILL.
 * What is not given is as before. A kill that asks for its own escalation (`temporal-reaper cancel --grace`) gets that one;
 * what the guardian, the fence and the sweep find after a crash gets the worker's. In an activity that is not tracked it only
 * checks the options.
 *
 * @throws ReaperError `NOT_IN_ACTIVITY`, `OPTION_INVALID`
 */
export function setEscalation(escalation: EscalationOptions): void {
  const scope = currentScope('setEscalation()');
  const resolved = resolveEscalation(escalation, scope?.escalation);
  scope?.setEscalation(resolved);
}
