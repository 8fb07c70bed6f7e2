import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectionLike, WorkflowClient, type WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { locateWorkers } from '../activities/pollers';
import { CALL_DEADLINE_MS, describeRun } from '../activities/run-description';
import { describeAttempt } from '../contract/attempt-ref';
import type { LocatedWorker } from '../contract/control-requests';
import type { KillEarlierRequest, KillResult } from '../contract/host-requests';
import { type HostOutcome, aliveOn } from '../contract/outcomes';
import { requestWorkflowId } from '../contract/request-ids';
import type { FenceRequest } from '../contract/workflow-requests';
import { CONTROL_TASK_QUEUE, CONTROL_TASK_TIMEOUT_MS, formatIdentity } from '../contract/task-queues';
import { processExists } from '../process/identity';
import type { ReaperNotices } from '../tracking/link';
import type { ReaperConfig } from './config';

/** Who has not begun to kill by then is not waited for. */
const REACH_MS = 5_000;
const LOOK_EVERY_MS = 500;

/**
 * The fence beyond this host: asks every worker of the namespace to kill earlier attempts of the activity, and waits
 * for those who do. Whoever does not answer is named in the log, and the attempt goes on: a fence never blocks a retry.
 */
export async function fenceElsewhere(
  connection: ConnectionLike | undefined,
  config: ReaperConfig,
  request: KillEarlierRequest,
  log: ReaperNotices['log'],
): Promise<void> {
  const about = { attempt: describeAttempt(request.before) };
  try {
    if (!connection) throw new Error('the reaper has not reached Temporal yet');
    const fence = new Fence(connection, config, request);
    const workers = await fence.others();
    if (workers.length === 0) return;
    const { answers, silent } = await fence.ask(workers);
    const unreached = unreachedHosts(silent, answers);
    if (unreached.length > 0) {
      log('WARN', 'Hosts did not answer the fence: earlier attempts may live there', { ...about, hosts: unreached });
    }
    const survivors = answers.filter((answer) => aliveOn(answer) > 0);
    if (survivors.length > 0) {
      const hosts = survivors.map(({ hostId }) => hostId);
      log('ERROR', 'Processes of earlier attempts survived the fence', { ...about, hosts });
    }
  } catch (error) {
    log('WARN', 'No fence beyond this host: earlier attempts may live elsewhere', { ...about, error: String(error) });
  }
}

/** Any worker of a host kills what all of the host's have, where markers are read. */
function unreachedHosts(silent: LocatedWorker[], answers: HostOutcome<KillResult>[]): string[] {
  const covered = answers
    .filter(({ result }) => result?.kills.every(({ report }) => report.level !== 'basic'))
    .map(({ hostId }) => hostId);
  return [...new Set(silent.map(({ hostId }) => hostId))].filter((hostId) => !covered.includes(hostId));
}

interface Asked {
  answers: HostOutcome<KillResult>[];
  /** Who did not answer. */
  silent: LocatedWorker[];
}

type FenceWorkflow = (request: FenceRequest) => Promise<HostOutcome<KillResult>[]>;

function isAnswer({ status }: HostOutcome<KillResult>): boolean {
  return status === 'answered';
}

class Fence {
  private readonly workflows: WorkflowClient;
  private readonly reachBy = Date.now() + REACH_MS;

  constructor(
    private readonly connection: ConnectionLike,
    private readonly config: ReaperConfig,
    private readonly asked: KillEarlierRequest,
  ) {
    const { namespace } = config;
    this.workflows = new WorkflowClient({ connection, namespace, identity: formatIdentity(undefined, config) });
  }

  /** Every worker but this one; of those of this host, the ones that are still there. */
  async others(): Promise<LocatedWorker[]> {
    const { hostId, workerPid, namespace } = this.config;
    return (await locateWorkers(this.connection, namespace)).filter((worker) => {
      if (worker.hostId !== hostId) return true;
      return worker.workerPid !== workerPid && processExists(worker.workerPid);
    });
  }

  async ask(workers: LocatedWorker[]): Promise<Asked> {
    const { graceMs, settleMs } = this.config.escalation;
    // The grace twice: an attempt may clean up for as long.
    const endBy = this.reachBy + 2 * graceMs + settleMs;
    const handle = await this.start(workers, endBy);
    const run = { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
    const ended = this.connection.withDeadline(endBy, () => handle.result());
    ended.catch(() => undefined); // of one that was given up
    for (let waitMs = this.reachBy - Date.now(); ; waitMs = LOOK_EVERY_MS) {
      const all = await Promise.race([ended, sleep(Math.max(0, waitMs), undefined, { ref: false })]);
      if (all) return { answers: all.filter(isAnswer), silent: workers.filter((_, index) => !isAnswer(all[index])) };
      const description = await describeRun(this.connection, this.config.namespace, run);
      const pending = description?.pendingActivities ?? [];
      // A kill that may have to wait for its grace beats from its begin.
      const isKilling = pending.some(({ lastHeartbeatTime }) => Boolean(lastHeartbeatTime));
      if (Date.now() < endBy && isKilling) continue;
      const queues = pending.map(({ activityOptions }) => activityOptions?.taskQueue?.name);
      const begun = queues.some((queue) => queue !== undefined);
      return { answers: [], silent: workers.filter(({ taskQueue }) => !begun || queues.includes(taskQueue)) };
    }
  }

  private async start(
    workers: LocatedWorker[],
    endBy: number,
  ): Promise<WorkflowHandleWithFirstExecutionRunId<FenceWorkflow>> {
    const { before, isReset = false } = this.asked;
    const request = { before, isReset, workers };
    return this.connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () =>
      this.workflows.start<FenceWorkflow>('fenceAttempt', {
        taskQueue: CONTROL_TASK_QUEUE,
        workflowId: requestWorkflowId.fenceAttempt(request),
        args: [request],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowExecutionTimeout: endBy - Date.now(),
        workflowTaskTimeout: CONTROL_TASK_TIMEOUT_MS,
        staticSummary: `fence of ${[...describeAttempt(before)].slice(0, 80).join('')}`,
      }),
    );
  }
}
