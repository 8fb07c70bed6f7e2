import { type Context, asyncLocalStorage } from '@temporalio/activity';
import { startKill } from '../reaper/start-kill';
import { locate } from '../activities/locate';
import type { LocateRequest, LocateResult } from '../contract/control-requests';
import { ReaperError } from '../contract/errors';
import { LOCATE_LOCAL_ACTIVITY } from '../contract/names';

/** How long an answer is remembered: a workflow task that has failed once is tried again at once. */
const REMEMBER_MS = 60_000;
/** A workflow task that has failed more often, on workers that remember nothing, is stuck as well. */
const STUCK_ATTEMPT = 3;

/** The questions that this process has answered, with the time of the answer, oldest first. */
const answered = new Map<string, number>();

/** A kill that an answer has led to has begun by then, in ms. */
const KILL_BEGINS_MS = 500;

/** By task queue, the questions under way and the time of the last answer. */
const asking = new Map<string, { underWay: number; answeredAt: number }>();

/** Task queues whose Worker here shuts down: it takes no workflow task that could wait for a kill. */
const shuttingDown = new Set<string>();

export function noteShutdown(taskQueue: string): void {
  shuttingDown.add(taskQueue);
}

export function forgetShutdown(taskQueue: string): void {
  shuttingDown.delete(taskQueue);
}

/** Whether a run of that task queue is about to kill before it cancels. */
export function isLocating(taskQueue: string): boolean {
  const known = asking.get(taskQueue);
  return known !== undefined && (known.underWay > 0 || Date.now() - known.answeredAt < KILL_BEGINS_MS);
}

/** Whether the same question has been answered here a short while ago; from now on it has. */
function isAskedAgain({ runId, activityIds = [] }: LocateRequest): boolean {
  const now = Date.now();
  for (const [question, at] of answered) {
    if (now - at <= REMEMBER_MS) break;
    answered.delete(question);
  }
  const question = JSON.stringify([runId, ...activityIds]);
  const isKnown = answered.delete(question);
  answered.set(question, now);
  return isKnown;
}

/**
 * Runs as a local activity of the user's own Worker, so that its answer passes the user's own payload codec.
 *
 * An answer is in history as soon as the workflow task that asked is completed, and is not asked for again. A run that asks
 * again has failed: most likely the server refused the kill activity, since the run has no room for another pending one.
 * That limit is a setting of the server's that nobody can read, so this is all that tells. The answer is then that there
 * is nothing to wait for, and the kill goes another way. So it is when this Worker shuts down.
 */
export async function locateLocally(request: LocateRequest): Promise<LocateResult> {
  const context = asyncLocalStorage.getStore();
  if (!context) throw new ReaperError('NOT_IN_ACTIVITY', `${LOCATE_LOCAL_ACTIVITY} runs in an activity only`);
  const { taskQueue } = context.info;
  const known = asking.get(taskQueue) ?? { underWay: 0, answeredAt: 0 };
  asking.set(taskQueue, known);
  known.underWay += 1;
  try {
    return await answer(request, context);
  } finally {
    known.underWay -= 1;
    known.answeredAt = Date.now();
  }
}

async function answer(request: LocateRequest, context: Context): Promise<LocateResult> {
  const { connection } = context.client;
  const { namespace, taskQueue } = context.info;
  const asked = isAskedAgain(request);
  const result = await locate(connection, namespace, request);
  const { workflowId, runId, attempts, taskAttempt = 1 } = result;
  const isStuck = asked || taskAttempt >= STUCK_ATTEMPT;
  if (!isStuck && !shuttingDown.has(taskQueue)) return result;
  const activityIds = attempts.filter(({ taskQueue }) => taskQueue).map(({ attempt }) => attempt.activityId);
  const why = isStuck ? 'the workflow task fails' : 'this worker shuts down';
  context.log.warn(`temporal-reaper: ${why}, so the cancel does not wait for the kill`, {
    workflowId,
    runId,
    activities: activityIds.length,
  });
  if (activityIds.length > 0) {
    try {
      await startKill(connection, namespace, { workflowId, runId, activityIds, reason: 'its workflow cancels it' });
    } catch (error) {
      // The watch sees the cancel in any case.
      context.log.warn('temporal-reaper: the kill that goes with it was not requested', { error: String(error) });
    }
  }
  return { ...result, attempts: [] };
}
