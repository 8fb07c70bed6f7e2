import { monotonicMs } from '../../process/clock';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionLike, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { locateWorkers } from '../../server/pollers';
import { CALL_DEADLINE_MS } from '../../server/call-deadline';
import { describeRun } from '../../server/describe-run';
import { describeAttempt } from '../../contract/attempt-ref';
import type { LocatedWorker } from '../../contract/control-requests';
import type { KillEarlierRequest, KillResult } from '../../contract/host-requests';
import { type HostOutcome, aliveOn } from '../../contract/outcomes';
import { REACH_MS, SILENCE_MS } from '../../contract/kill-timeouts';
import { requestWorkflowId } from '../../contract/request-ids';
import type { FenceRequest } from '../../contract/workflow-requests';
import { CONTROL_TASK_QUEUE, CONTROL_TASK_TIMEOUT_MS, formatIdentity } from '../../contract/task-queues';
import { processExists } from '../../process/table/liveness';
import type { ReaperLog } from '../../tracking/reaper-protocol';
import type { ReaperConfig } from '../config';

/** Give up the fence if the control task queue is not served within this time: on a busy host, the first task takes seconds. */
const BEGIN_MS = 10_000;
/** From its start, the fence's workflow waits this long for a host to answer, or to heartbeat during its kill. */
const ANSWER_MS = REACH_MS + SILENCE_MS;
const LOOK_EVERY_MS = 500;

/**
 * The fence beyond this host, if Temporal is reached in time: asks every worker of the namespace to kill earlier attempts
 * of the activity, and waits for those that do. Hosts that do not answer are named in the log, and the attempt goes on: a
 * fence never blocks a retry.
 */
export async function fenceElsewhere(
  connected: Promise<ConnectionLike>,
  config: ReaperConfig,
  request: KillEarlierRequest,
  log: ReaperLog,
): Promise<void> {
  const about = { attempt: describeAttempt(request.before) };
  try {
    const connection = await Promise.race([connected, sleep(BEGIN_MS, undefined, { ref: false })]);
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

/** Where markers can be read, any worker of a host kills the processes of all workers of that host. */
function unreachedHosts(silent: LocatedWorker[], answers: HostOutcome<KillResult>[]): string[] {
  const covered = answers
    .filter(({ result }) => result?.kills.every(({ report }) => report.level !== 'basic'))
    .map(({ hostId }) => hostId);
  return [...new Set(silent.map(({ hostId }) => hostId))].filter((hostId) => !covered.includes(hostId));
}

interface Asked {
  answers: HostOutcome<KillResult>[];
  /** The workers that did not answer. */
  silent: LocatedWorker[];
}

type FenceWorkflow = (request: FenceRequest) => Promise<HostOutcome<KillResult>[]>;

function isAnswer({ status }: HostOutcome<KillResult>): boolean {
  return status === 'answered';
}

class Fence {
  constructor(
    private readonly connection: ConnectionLike,
    private readonly config: ReaperConfig,
    private readonly asked: KillEarlierRequest,
  ) {}

  /** Every worker but this one; on this host, only those that are still alive. */
  async others(): Promise<LocatedWorker[]> {
    const { hostId, workerPid, namespace } = this.config;
    return (await locateWorkers(this.connection, namespace)).filter((worker) => {
      if (worker.hostId !== hostId) return true;
      return worker.workerPid !== workerPid && processExists(worker.workerPid);
    });
  }

  async ask(workers: LocatedWorker[]): Promise<Asked> {
    const { graceMs, settleMs } = this.config.escalation;
    // Twice the grace period: an attempt may clean up for the same time again.
    const longestMs = BEGIN_MS + ANSWER_MS + 2 * graceMs + settleMs;
    const handle = await this.start(workers, longestMs);
    const startedAt = monotonicMs();
    const [beginBy, endBy] = [startedAt + BEGIN_MS, startedAt + longestMs];
    const run = { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
    const ended = this.connection.withDeadline(Date.now() + endBy - monotonicMs(), () => handle.result());
    ended.catch(() => undefined); // a fence that was given up
    for (let waitMs = BEGIN_MS; ; waitMs = LOOK_EVERY_MS) {
      const all = await Promise.race([ended, sleep(waitMs, undefined, { ref: false })]);
      if (all) return { answers: all.filter(isAnswer), silent: workers.filter((_, index) => !isAnswer(all[index])) };
      const description = await describeRun(this.connection, this.config.namespace, run);
      const pending = description?.pendingActivities ?? [];
      const queues = pending.flatMap(({ activityOptions }) => activityOptions?.taskQueue?.name ?? []);
      const hasBegun = queues.length > 0 || Boolean(description?.workflowExecutionInfo?.closeTime); // closed: result follows
      // A kill that may have to wait out a grace period heartbeats from its start.
      const isKilling = pending.some(({ lastHeartbeatTime }) => Boolean(lastHeartbeatTime));
      const now = monotonicMs();
      if (now < endBy && (isKilling || (hasBegun && now < beginBy + ANSWER_MS))) continue;
      return { answers: [], silent: workers.filter(({ taskQueue }) => !hasBegun || queues.includes(taskQueue)) };
    }
  }

  private async start(
    workers: LocatedWorker[],
    longestMs: number,
  ): Promise<WorkflowHandleWithFirstExecutionRunId<FenceWorkflow>> {
    const { before, isReset = false } = this.asked;
    const request = { before, isReset, workers };
    const { WorkflowClient } = await import('@temporalio/client'); // the reaper thread starts before the SDK is loaded
    const { connection, config } = this;
    const identity = formatIdentity(undefined, config);
    const workflows = new WorkflowClient({ connection, namespace: config.namespace, identity });
    return this.connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () =>
      workflows.start<FenceWorkflow>('fenceAttempt', {
        taskQueue: CONTROL_TASK_QUEUE,
        workflowId: requestWorkflowId.fenceAttempt(request),
        args: [request],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowExecutionTimeout: longestMs,
        workflowTaskTimeout: CONTROL_TASK_TIMEOUT_MS,
        staticSummary: `fence of ${[...describeAttempt(before)].slice(0, 80).join('')}`,
      }),
    );
  }
}
