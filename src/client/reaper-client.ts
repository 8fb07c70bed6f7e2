import type { Client } from '@temporalio/client';
import type { Duration } from '@temporalio/common';
import { durationMs } from '../contract/escalation';
import type { CancelOutcome, ListOutcome } from '../contract/outcomes';
import { askDirectly } from './ask-directly';
import { checkEscalation, checkFlag, checkHostIds, checkKeys, checkText } from './check-input';
import { checkReason, checkTarget, type Target } from './check-target';
import { controlUnserved } from './control-queue';
import { cancelActivityRequest, cancelWorkflowRequest, killAllRequest, listRequest } from './control-requests';
import { type ControlRequest, runControlWorkflow } from './control-workflow';
import { assertKnownHosts } from './known-hosts';
import { type HostSummary, summariseHosts } from './host-summary';
import type { CancelActivityOptions, CancelWorkflowOptions, KillAllOptions, ListOptions } from './requests';
import { type Server, serverOf } from './server';
import { assertPending, findOpenRun } from './target-run';

export interface ReaperClientOptions {
  /**
   * How long to wait for an outcome beyond the escalation (grace and settle); 1 s to 24 hours. Default: the escalation
   * once more and 15 s, which is what the cancellation workflow may need when the run takes its time to end. When it is
   * over, a cancel or terminate is asked of Temporal directly. Give more when workers are configured with a longer
   * grace period than the default.
   */
  timeoutMs?: Duration;
}

/**
 * Kills the processes of activities, then cancels. The work is done by workflows of the control task queue, which go on
 * when this client is gone. A second request for the same target joins the first, with what the first said of reason,
 * retry and escalation.
 */
export class ReaperClient {
  private readonly server: Server;
  private readonly asking: { identity: string; timeoutMs?: number };

  /** @throws ReaperError `OPTION_INVALID` */
  constructor(client: Client, options: ReaperClientOptions = {}) {
    checkKeys('ReaperClient', options, ['timeoutMs']);
    const { timeoutMs } = options;
    this.server = serverOf(client);
    this.asking = {
      identity: this.server.identity,
      timeoutMs: timeoutMs === undefined ? undefined : durationMs('timeoutMs', timeoutMs, 1_000, 86_400_000),
    };
  }

  /**
   * Kills the processes of one activity and cancels that one alone.
   *
   * @throws ReaperError `OPTION_INVALID`, `TARGET_NOT_FOUND`, `TARGET_CLOSED`, `NAMESPACE_NOT_FOUND`,
   * `SERVER_UNREACHABLE`, `CONTROL_UNSERVED`
   */
  async cancelActivity(options: CancelActivityOptions): Promise<CancelOutcome> {
    const target = checkTarget('cancelActivity', options, this.asking.identity, ['activityId']);
    const activityId = checkText('activityId', options.activityId);
    const run = await findOpenRun(this.server, target);
    assertPending(run, activityId);
    return this.outcomeOf(cancelActivityRequest({ ...target, runId: run.runId, activityId }, this.asking));
  }

  /**
   * Cancels a workflow run and kills the processes of its activities. The cancel goes through in any case: when nobody
   * serves the request, Temporal is asked directly, and the outcome says so in `degraded`.
   *
   * @throws ReaperError `OPTION_INVALID`, `TARGET_NOT_FOUND`, `TARGET_CLOSED`, `NAMESPACE_NOT_FOUND`,
   * `SERVER_UNREACHABLE`
   */
  async cancelWorkflow(options: CancelWorkflowOptions): Promise<CancelOutcome> {
    return this.endRun(checkTarget('cancelWorkflow', options, this.asking.identity), false);
  }

  /** The same with a terminate: everything is killed, workflow code sees nothing. Throws what a cancel throws. */
  async terminateWorkflow(options: CancelWorkflowOptions): Promise<CancelOutcome> {
    return this.endRun(checkTarget('terminateWorkflow', options, this.asking.identity), true);
  }

  /**
   * Kills every process of every activity on the named hosts, or on all. When there is no host of one of the names, nothing
   * is killed.
   *
   * @throws ReaperError `OPTION_INVALID`, `HOST_ID_INVALID`, `TARGET_NOT_FOUND` for a host where no worker with a reaper
   * polls, `NAMESPACE_NOT_FOUND`, `SERVER_UNREACHABLE`, `CONTROL_UNSERVED`
   */
  async killAll(options: KillAllOptions = {}): Promise<CancelOutcome> {
    checkKeys('killAll', options, ['hostIds', 'reason', 'retry', 'escalation']);
    const argument = {
      hostIds: checkHostIds(options.hostIds),
      reason: checkReason(options.reason, this.asking.identity),
      then: checkFlag('retry', options.retry) ? ('retry' as const) : ('fail' as const),
      escalation: checkEscalation(options.escalation),
    };
    await assertKnownHosts(this.server, argument.hostIds);
    return this.outcomeOf(killAllRequest(argument, this.asking));
  }

  /**
   * What every worker with a reaper holds: attempts and their live processes.
   *
   * @throws ReaperError `OPTION_INVALID`, `HOST_ID_INVALID`, `TARGET_NOT_FOUND` for a host where no worker with a reaper
   * polls, `NAMESPACE_NOT_FOUND`, `SERVER_UNREACHABLE`, `CONTROL_UNSERVED`
   */
  async listProcesses(options: ListOptions = {}): Promise<ListOutcome> {
    checkKeys('listProcesses', options, ['hostIds']);
    const argument = { hostIds: checkHostIds(options.hostIds) };
    await assertKnownHosts(this.server, argument.hostIds);
    return this.outcomeOf(listRequest(argument, this.asking));
  }

  /** The hosts and their workers with a reaper. Throws what {@link listProcesses} throws. */
  async listHosts(options: ListOptions = {}): Promise<HostSummary[]> {
    return summariseHosts(await this.listProcesses(options));
  }

  private async endRun(target: Target, terminate: boolean): Promise<CancelOutcome> {
    const requestedAt = Date.now();
    const { runId } = await findOpenRun(this.server, target);
    const argument = { ...target, runId, terminate };
    const ended = await runControlWorkflow<CancelOutcome>(this.server, cancelWorkflowRequest(argument, this.asking));
    return ended.kind === 'done' ? ended.outcome : askDirectly(this.server, argument, requestedAt, ended.why);
  }

  private async outcomeOf<T>(request: ControlRequest): Promise<T> {
    const ended = await runControlWorkflow<T>(this.server, request);
    if (ended.kind === 'done') return ended.outcome;
    throw controlUnserved(ended);
  }
}
