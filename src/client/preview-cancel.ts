import { type AttemptRef, sameAttempt } from '../contract/attempt-ref';
import { type LocatedAttempt, type LocateResult, isUnguarded } from '../contract/control-requests';
import { ReaperError } from '../contract/errors';
import type { ListOutcome } from '../contract/outcomes';
import type { ListedProcess } from '../contract/process-ref';
import { callServer } from '../server/call-server';
import { locateAttempts } from '../server/locate';
import type { PreviewCancelOptions } from './requests';
import type { TemporalServer } from './server';
import { assertPending, findOpenRun } from './target-run';

/** A pending activity of a run that would be cancelled. */
export interface PreviewedActivity {
  attempt: AttemptRef;
  activityType: string;
  /**
   * - `listed`: its host has named its live processes; these would be killed
   * - `waiting`: no attempt of it runs, so there is nothing to kill
   * - `unguarded`: its worker runs no reaper, so none of its processes would be killed
   * - `unknown`: nobody has named its processes; `message` says why
   */
  status: 'listed' | 'waiting' | 'unguarded' | 'unknown';
  /** Why its processes are unknown. */
  message?: string;
  /** Where it runs; undefined when it waits, or its worker runs no reaper. */
  hostId?: string;
  workerPid?: number;
  processes: ListedProcess[];
  /** Number of processes left out because the answer would not fit; undefined when all are listed. */
  omitted?: number;
}

/** What a cancel would end, if it were asked for now. */
export interface CancelPreview {
  workflowId: string;
  runId: string;
  /** Undefined for the whole workflow. */
  activityId?: string;
  /**
   * Whether the workflow kills before it cancels. If `yes` or `unknown`, a cancel of the whole workflow spares activities
   * that it does not reach, for instance those in a non-cancellable scope: only the workflow knows which they are.
   */
  interceptor: NonNullable<LocateResult['interceptor']>;
  activities: PreviewedActivity[];
  /** Workflow ids of children that run. Each decides for itself what a cancel that reaches it ends. */
  childIds: string[];
  /** Why no host could be asked for processes. A cancel would still go through. */
  degraded?: string;
}

type ListHosts = (hostIds: string[]) => Promise<ListOutcome>;

function isOnHosts({ location, taskQueue }: LocatedAttempt): boolean {
  return location !== undefined && taskQueue !== undefined;
}

/** Asks the hosts of the attempts; no host is asked when none holds any. */
async function listHostsOf(
  located: LocatedAttempt[],
  list: ListHosts,
): Promise<{ outcome: ListOutcome; degraded?: string }> {
  const nothing = { hosts: [] };
  const hostIds = [...new Set(located.filter(isOnHosts).flatMap(({ location }) => location?.hostId ?? []))];
  if (hostIds.length === 0) return { outcome: nothing };
  try {
    return { outcome: await list(hostIds) };
  } catch (error) {
    // What a cancel would do does not depend on the list: it goes through although nobody serves the request.
    const isUnserved = error instanceof ReaperError && ['CONTROL_UNSERVED', 'OUTCOME_PENDING'].includes(error.code);
    if (!isUnserved) throw error;
    return { outcome: nothing, degraded: error.message };
  }
}

/** Any worker of the host may hold the attempt: the reaper of a worker may have been replaced. */
function processesOf(
  { attempt, location }: LocatedAttempt,
  { hosts, omitted }: ListOutcome,
): Pick<PreviewedActivity, 'status' | 'message' | 'processes' | 'omitted'> {
  const answers = hosts.filter(({ hostId }) => hostId === location?.hostId);
  for (const { result } of answers) {
    const held = result?.attempts.find((listed) => sameAttempt(listed.attempt, attempt));
    if (held) return { status: 'listed', processes: held.processes, omitted: held.omitted };
  }
  const own = answers.find(({ workerPid }) => workerPid === location?.workerPid);
  const isCapped = omitted !== undefined || answers.some(({ result }) => result?.omitted !== undefined);
  if (isCapped) return { status: 'unknown', message: 'the answer would be too long', processes: [] };
  if (!own) return { status: 'unknown', message: 'its host has not answered', processes: [] };
  if (own.status !== 'answered') return { status: 'unknown', message: own.message ?? own.status, processes: [] };
  return { status: 'listed', processes: [] };
}

function previewOf(located: LocatedAttempt, outcome: ListOutcome, degraded: string | undefined): PreviewedActivity {
  const { attempt, activityType, location } = located;
  const activity = { attempt, activityType, ...location };
  if (isUnguarded(located)) return { ...activity, status: 'unguarded', processes: [] };
  if (!isOnHosts(located)) return { ...activity, status: 'waiting', processes: [] };
  if (degraded !== undefined) return { ...activity, status: 'unknown', message: degraded, processes: [] };
  return { ...activity, ...processesOf(located, outcome) };
}

/**
 * Finds what a cancel would find, with the same search, and asks the hosts what they hold. It starts no cancel, so nothing
 * that fails on the way can become one.
 */
export async function previewCancel(
  server: TemporalServer,
  { workflowId, runId: wantedRunId, activityId }: PreviewCancelOptions,
  list: ListHosts,
): Promise<CancelPreview> {
  const run = await findOpenRun(server, { workflowId, runId: wantedRunId });
  if (activityId !== undefined) assertPending(run, activityId);
  const { runId, childIds } = run;
  const { connection, namespace } = server;
  const activityIds = activityId === undefined ? undefined : [activityId];
  const {
    attempts,
    closed,
    interceptor = 'unknown',
  } = await callServer(server, () =>
    locateAttempts(connection, namespace, { workflowId, runId, activityIds, probeInterceptor: true }),
  );
  if (closed) throw new ReaperError('TARGET_CLOSED', `Workflow "${workflowId}" closed meanwhile`);
  const { outcome, degraded } = await listHostsOf(attempts, list);
  return {
    workflowId,
    runId,
    activityId,
    interceptor,
    activities: attempts.map((located) => previewOf(located, outcome, degraded)),
    childIds: activityId === undefined ? childIds : [],
    degraded,
  };
}
