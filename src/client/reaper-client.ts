import type { Client } from '@temporalio/client';
import type { Duration } from '@temporalio/common';
import { durationMs } from '../contract/escalation';
import type { CancelOutcome, ListOutcome } from '../contract/outcomes';
import { type SpanTracer, checkedTracer } from '../contract/span-tracer';
import { askDirectly, cancelActivityDirectly } from './ask-directly';
import { checkEscalation, checkFlag, checkHostIds, checkKeys, checkOptionalText, checkText } from './check-input';
import { checkReason, checkTarget } from './check-target';
import { controlUnserved } from './control-queue';
import { cancelActivityRequest, cancelWorkflowRequest, killAllRequest, listRequest } from './control-requests';
import { type ControlRequest, runControlWorkflow } from './control-workflow';
import { assertKnownHosts } from './known-hosts';
import type { CommandNews } from './command-news';
import { inSpan } from './in-span';
import { followCommand } from './follow-command';
import { type CancelPreview, previewCancel } from './preview-cancel';
import { type HostSummary, summariseHosts } from './host-summary';
import { type StartedCommand, startCommand } from './start-command';
import type {
  CancelActivityOptions,
  CancelWorkflowOptions,
  CommandTarget,
  KillAllOptions,
  ListOptions,
  PreviewCancelOptions,
  SelectWorkflowsOptions,
  StartCommandOptions,
} from './requests';
import { type SelectedWorkflow, selectWorkflows } from './select-workflows';
import { type TemporalServer, serverOf } from './server';
import { assertPending, findOpenRun } from './target-run';

/** How a {@link ReaperClient} waits. */
export interface ReaperClientOptions {
  /**
   * How long to wait for an outcome beyond the escalation (grace and settle); 1 s to 24 hours. Default: the escalation
   * once more plus 30 s, which the cancellation workflow may need for a run that is slow to end. After that, a cancel or
   * terminate goes to Temporal directly. Set it higher when workers are configured with a longer grace period than the
   * default.
   */
  timeoutMs?: Duration;
  /** A tracer of OpenTelemetry's: each cancel, terminate and killAll gets a span. Default: none. */
  tracer?: SpanTracer;
}

/**
 * Kills the processes of activities, then cancels. Workflows on the control task queue do the work and continue when this
 * client is gone. A second request for the same target joins the first and keeps the first one's reason, retry and
 * escalation.
 */
export class ReaperClient {
  private readonly server: TemporalServer;
  private readonly tracer: SpanTracer | undefined;
  private readonly asking: { identity: string; timeoutMs?: number };

  /** @throws ReaperError `OPTION_INVALID` */
  constructor(client: Client, options: ReaperClientOptions = {}) {
    checkKeys('ReaperClient', options, ['timeoutMs', 'tracer']);
    const { timeoutMs, tracer } = options;
    this.tracer = checkedTracer(tracer);
    this.server = serverOf(client);
    this.asking = {
      identity: this.server.identity,
      timeoutMs: timeoutMs === undefined ? undefined : durationMs('timeoutMs', timeoutMs, 1_000, 86_400_000),
    };
  }

  /**
   * Kills the processes of one activity and cancels only that activity. The cancel always goes through: when no worker
   * serves the request, a workflow with the interceptor is asked to kill and cancel itself; in any other workflow the
   * activity is failed by id and the watch kills. The outcome then says so in `degraded`.
   *
   * @throws ReaperError `OPTION_INVALID`, `TARGET_NOT_FOUND`, `TARGET_CLOSED`, `NAMESPACE_NOT_FOUND`,
   * `SERVER_UNREACHABLE`
   */
  cancelActivity(options: CancelActivityOptions): Promise<CancelOutcome> {
    return inSpan(this.tracer, 'cancelActivity', options, () => this.endActivity(options));
  }

  /**
   * Cancels a workflow run and kills the processes of its activities. The cancel always goes through: when no worker
   * serves the request, Temporal is asked directly, and the outcome says so in `degraded`.
   *
   * @throws ReaperError `OPTION_INVALID`, `TARGET_NOT_FOUND`, `TARGET_CLOSED`, `NAMESPACE_NOT_FOUND`,
   * `SERVER_UNREACHABLE`
   */
  cancelWorkflow(options: CancelWorkflowOptions): Promise<CancelOutcome> {
    return inSpan(this.tracer, 'cancelWorkflow', options, () => this.endRun('cancelWorkflow', options, false));
  }

  /** Kills all processes of the run, then terminates it: workflow code does not run again. Throws like a cancel. */
  terminateWorkflow(options: CancelWorkflowOptions): Promise<CancelOutcome> {
    return inSpan(this.tracer, 'terminateWorkflow', options, () => this.endRun('terminateWorkflow', options, true));
  }

  /**
   * Names what {@link cancelWorkflow}, or with an `activityId` {@link cancelActivity}, would kill now. Kills and cancels
   * nothing. An activity whose worker does not answer is listed without its processes, and says so.
   *
   * @throws ReaperError `OPTION_INVALID`, `TARGET_NOT_FOUND`, `TARGET_CLOSED`, `NAMESPACE_NOT_FOUND`,
   * `SERVER_UNREACHABLE`
   */
  async previewCancel(options: PreviewCancelOptions): Promise<CancelPreview> {
    checkKeys('previewCancel', options, ['workflowId', 'runId', 'activityId']);
    const target = {
      workflowId: checkText('workflowId', options.workflowId),
      runId: checkOptionalText('runId', options.runId),
    };
    const activityId = checkOptionalText('activityId', options.activityId);
    return previewCancel(this.server, { ...target, activityId }, (hostIds) =>
      this.outcomeOf(listRequest({ hostIds }, this.asking)),
    );
  }

  /**
   * Finds the running workflows that a visibility query selects, for a cancel of each. Never this package's own workflows,
   * `runCommand` included. Temporal's index is some moments behind.
   *
   * @throws ReaperError `OPTION_INVALID`, `QUERY_INVALID`, `TARGET_NOT_FOUND` when there is none, `NAMESPACE_NOT_FOUND`,
   * `SERVER_UNREACHABLE`
   */
  async selectWorkflows(options: SelectWorkflowsOptions): Promise<SelectedWorkflow[]> {
    checkKeys('selectWorkflows', options, ['query']);
    return selectWorkflows(this.server, checkText('query', options.query));
  }

  /**
   * Kills every process of every activity on the named hosts, or on all hosts. If one of the named hosts does not exist,
   * nothing is killed.
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
    return inSpan(this.tracer, 'killAll', {}, async () => {
      await assertKnownHosts(this.server, argument.hostIds);
      return this.outcomeOf(killAllRequest(argument, this.asking));
    });
  }

  /**
   * Lists the attempts that every worker with a reaper holds, with their live processes.
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

  /** Lists the hosts and their workers with a reaper. Throws like {@link listProcesses}. */
  async listHosts(options: ListOptions = {}): Promise<HostSummary[]> {
    return summariseHosts(await this.listProcesses(options));
  }

  /**
   * Runs a command as an activity of a workflow of its own, on a task queue whose worker has registered `runCommand`.
   * {@link followCommand} shows its output and end; {@link cancelWorkflow} kills it.
   *
   * @returns once the workflow has started
   * @throws ReaperError `OPTION_INVALID`, `TASK_QUEUE_UNSERVED`, `CONTROL_UNSERVED`, `NAMESPACE_NOT_FOUND`, `SERVER_UNREACHABLE`
   */
  startCommand(options: StartCommandOptions): Promise<StartedCommand> {
    return startCommand(this.server, options);
  }

  /**
   * Tells of the output and the end of a command: an activity made by `runCommand` or `commandActivity`, in any workflow. Its
   * output comes with its heartbeats, so it is late by up to 0.8 of the heartbeat timeout.
   *
   * @param follow whether to go on until it has ended. Default true; otherwise only what there is now
   * @throws ReaperError `TARGET_NOT_FOUND`, `OPTION_INVALID` when several activities run and none is named,
   * `PAYLOAD_UNREADABLE`, `NAMESPACE_NOT_FOUND`, `SERVER_UNREACHABLE`
   */
  followCommand(target: CommandTarget, follow = true): AsyncGenerator<CommandNews> {
    checkKeys('followCommand', target, ['workflowId', 'runId', 'activityId']);
    checkText('workflowId', target.workflowId);
    checkOptionalText('runId', target.runId);
    checkOptionalText('activityId', target.activityId);
    return followCommand(this.server, target, follow);
  }

  private async endActivity(options: CancelActivityOptions): Promise<CancelOutcome> {
    const target = checkTarget('cancelActivity', options, this.asking.identity, ['activityId']);
    const activityId = checkText('activityId', options.activityId);
    const run = await findOpenRun(this.server, target);
    assertPending(run, activityId);
    const requestedAt = Date.now();
    const argument = { ...target, runId: run.runId, activityId };
    const request = cancelActivityRequest(argument, this.asking);
    const ended = await runControlWorkflow<CancelOutcome>(this.server, request);
    if (ended.kind === 'done') return ended.outcome;
    const because = { why: ended.why, requestedAt };
    return cancelActivityDirectly(this.server, argument, because, requestedAt + request.waitMs);
  }

  private async endRun(what: string, options: CancelWorkflowOptions, terminate: boolean): Promise<CancelOutcome> {
    const target = checkTarget(what, options, this.asking.identity);
    const requestedAt = Date.now();
    const { runId } = await findOpenRun(this.server, target);
    const argument = { ...target, runId, terminate };
    const ended = await runControlWorkflow<CancelOutcome>(this.server, cancelWorkflowRequest(argument, this.asking));
    return ended.kind === 'done' ? ended.outcome : askDirectly(this.server, argument, { why: ended.why, requestedAt });
  }

  private async outcomeOf<T>(request: ControlRequest): Promise<T> {
    const ended = await runControlWorkflow<T>(this.server, request);
    if (ended.kind === 'done') return ended.outcome;
    throw controlUnserved(ended);
  }
}
