import { ReaperError } from '../contract/errors';
import { callServer } from '../server/call-server';
import { type RunDescription, describeRun } from '../server/describe-run';
import { GRPC_STATUS, grpcStatus } from '../server/grpc-status';
import { isOpen, statusOf } from '../contract/run-status';
import type { TemporalServer } from './server';

const PENDING_SHOWN = 10;

/** Names a run; without a run id, the current run. */
type Execution = { workflowId: string; runId?: string };

/** An open run. */
export interface TargetRun {
  workflowId: string;
  runId: string;
  /** Activities that are scheduled or running. */
  activityIds: string[];
  /** Workflow ids of the children that run. */
  childIds: string[];
}

/** Undefined when the server does not know the run. */
export async function findRun(server: TemporalServer, execution: Execution): Promise<RunDescription | undefined> {
  const { connection, namespace } = server;
  try {
    return await callServer(server, () => describeRun(connection, namespace, execution));
  } catch (error) {
    if (error instanceof ReaperError) throw error;
    // INVALID_ARGUMENT: the run id is not a UUID
    if (grpcStatus(error) === GRPC_STATUS.INVALID_ARGUMENT) return undefined;
    throw error;
  }
}

function nameOf({ workflowId, runId }: Execution): string {
  return `"${workflowId}"${runId === undefined ? '' : ` with run id "${runId}"`}`;
}

/**
 * Like {@link findRun}, for a run that has to be there.
 *
 * @throws ReaperError `TARGET_NOT_FOUND`, `NAMESPACE_NOT_FOUND`, `SERVER_UNREACHABLE`
 */
export async function findTargetRun(server: TemporalServer, execution: Execution): Promise<RunDescription> {
  const description = await findRun(server, execution);
  if (description) return description;
  throw new ReaperError(
    'TARGET_NOT_FOUND',
    `Namespace "${server.namespace}" has no workflow ${nameOf(execution)}: check the ids and the namespace`,
  );
}

/**
 * Resolves the run that a request names; without a run id, the current run.
 *
 * @throws ReaperError `TARGET_NOT_FOUND`, `TARGET_CLOSED`, `NAMESPACE_NOT_FOUND`, `SERVER_UNREACHABLE`
 */
export async function findOpenRun(server: TemporalServer, { workflowId, runId }: Execution): Promise<TargetRun> {
  const description = await findTargetRun(server, { workflowId, runId });
  if (!isOpen(description)) {
    const closed = `is closed (${statusOf(description)}): nothing to cancel`;
    throw new ReaperError('TARGET_CLOSED', `Workflow ${nameOf({ workflowId, runId })} ${closed}`);
  }
  return {
    workflowId,
    runId: description.workflowExecutionInfo?.execution?.runId ?? runId ?? '',
    activityIds: (description.pendingActivities ?? []).map(({ activityId }) => activityId ?? ''),
    childIds: (description.pendingChildren ?? []).map((child) => child.workflowId ?? ''),
  };
}

/** @throws ReaperError `TARGET_NOT_FOUND` when the activity is over, local or unknown */
export function assertPending({ workflowId, activityIds }: TargetRun, activityId: string): void {
  if (activityIds.includes(activityId)) return;
  const shown = activityIds.slice(0, PENDING_SHOWN).join(', ') + (activityIds.length > PENDING_SHOWN ? ', …' : '');
  throw new ReaperError(
    'TARGET_NOT_FOUND',
    `Workflow "${workflowId}" has no pending activity "${activityId}": it is over, local, or has another id ` +
      `(pending: ${shown || 'none'})`,
  );
}
