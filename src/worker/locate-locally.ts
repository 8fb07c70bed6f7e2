import { monotonicMs } from '../process/clock';
import { type Context, asyncLocalStorage } from '@temporalio/activity';
import { startKill } from '../reaper/kills/start-kill-workflow';
import { locateAttempts } from '../server/locate';
import type { LocateRequest, LocateResult, LocatedAttempt } from '../contract/control-requests';
import { ReaperError } from '../contract/errors';
import { workerTaskQueue } from '../contract/task-queues';
import { LOCATE_LOCAL_ACTIVITY } from '../contract/names';
import { killIdle } from './running-reapers';

/** How long an answer is remembered, in ms: Temporal retries a failed workflow task at once. */
const REMEMBER_MS = 60_000;
/** A workflow task at this attempt counts as stuck, even if this worker remembers no answer. */
const STUCK_ATTEMPT = 3;

/** The questions that this process has answered, with the times of the answers, oldest first. */
const answered = new Map<string, number>();

/** Within this time after an answer, the resulting kill has begun, in ms. */
const KILL_BEGINS_MS = 500;

/** By task queue: the number of questions in progress and the time of the last answer. */
const asking = new Map<string, { underWay: number; answeredAt: number }>();

/** Task queues whose Worker here is shutting down: it takes no more workflow tasks, so no run can wait for a kill. */
const shuttingDown = new Set<string>();

export function noteShutdown(taskQueue: string): void {
  shuttingDown.add(taskQueue);
}

export function forgetShutdown(taskQueue: string): void {
  shuttingDown.delete(taskQueue);
}

/** Whether a run on that task queue is about to kill before it cancels. */
export function isLocating(taskQueue: string): boolean {
  const known = asking.get(taskQueue);
  return known !== undefined && (known.underWay > 0 || monotonicMs() - known.answeredAt < KILL_BEGINS_MS);
}

/** Whether the same question was answered here recently; records this one. */
function isAskedAgain({ runId, activityIds = [] }: LocateRequest): boolean {
  const now = monotonicMs();
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
 * Runs as a local activity of the user's own Worker, so that its answer passes through the user's own payload codec.
 *
 * The answer enters history when the workflow task that asked completes, and is never asked for again. So a run that asks
 * again had its workflow task fail: most likely the server refused the kill activity because the run is at its limit of
 * pending activities. That limit is a server setting that cannot be read, so a repeated question is the only sign. The
 * answer is then that there is nothing to wait for, and the kill is requested another way. The same happens when this
 * Worker is shutting down.
 */
export async function locateLocally(request: LocateRequest): Promise<LocateResult> {
  const context = asyncLocalStorage.getStore();
  if (!context) throw new ReaperError('NOT_IN_ACTIVITY', `${LOCATE_LOCAL_ACTIVITY} runs only in an activity`);
  const { taskQueue } = context.info;
  const known = asking.get(taskQueue) ?? { underWay: 0, answeredAt: -Infinity };
  asking.set(taskQueue, known);
  known.underWay += 1;
  try {
    return await answer(request, context);
  } finally {
    known.underWay -= 1;
    known.answeredAt = monotonicMs();
  }
}

/**
 * What is known better here of an attempt of this process. If it has nothing to kill, it needs no kill activity: it learns of
 * its cancel here. Otherwise its reaper serves the queue of this process, though the server may not list it as a poller yet.
 */
async function asKnownHere(located: LocatedAttempt): Promise<LocatedAttempt> {
  const { location, attempt } = located;
  if (location?.workerPid !== process.pid) return located;
  const isIdle = await killIdle(attempt);
  if (isIdle === undefined) return located;
  return { ...located, taskQueue: isIdle ? undefined : workerTaskQueue(location) };
}

async function answer(request: LocateRequest, context: Context): Promise<LocateResult> {
  const { connection } = context.client;
  const { namespace, taskQueue } = context.info;
  const asked = isAskedAgain(request);
  const result = await locateAttempts(connection, namespace, request);
  const { workflowId, runId, attempts, taskAttempt = 1 } = result;
  const isStuck = asked || taskAttempt >= STUCK_ATTEMPT;
  if (!isStuck && !shuttingDown.has(taskQueue))
    return { ...result, attempts: await Promise.all(attempts.map(asKnownHere)) };
  const activityIds = attempts.filter(({ taskQueue }) => taskQueue).map(({ attempt }) => attempt.activityId);
  const why = isStuck ? 'the workflow task keeps failing' : 'this worker is shutting down';
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
      context.log.warn('temporal-reaper: the kill for this cancel could not be requested', { error: String(error) });
    }
  }
  return { ...result, attempts: [] };
}
