import { randomUUID } from 'node:crypto';
import { DEFAULT_ESCALATION, type Escalation } from '../contract/escalation';
import { longestKillMs } from '../contract/kill-timeouts';
import { requestWorkflowId } from '../contract/request-ids';
import {
  type CancelActivityRequest,
  type CancelWorkflowRequest,
  type KillAllRequest,
  type ListRequest,
} from '../contract/workflow-requests';
import { defaultReason } from './check-target';
import type { ControlRequest } from './control-workflow';

/** Who asks, and how long to wait beyond the escalation. */
export interface RequestIdentity {
  identity: string;
  timeoutMs?: number;
}

/** Added to twice the escalation, for everything else: reaching hosts, locating, asking Temporal, seeing the end. */
const MARGIN_MS = longestKillMs({ graceMs: 0, settleMs: 0 }) + 14_000;
/** A host that does not answer a list within 6 s is given up. */
const LIST_WAIT_MS = 20_000;
/** A cancel names one run, so it may run late; a worker's own grace period may be an hour. */
const CANCEL_LIFE_MS = 3 * 3_600_000;
/** `killAll` must not run later than anybody expects. */
const KILL_ALL_LIFE_MS = 600_000;

/**
 * How long to wait for an outcome. The cancellation workflow may need the escalation twice: once to kill, once to wait for
 * a run that is slow to end.
 */
function waitMs({ graceMs, settleMs }: Escalation = DEFAULT_ESCALATION, timeoutMs?: number): number {
  const escalationMs = graceMs + settleMs;
  return escalationMs + (timeoutMs ?? escalationMs + MARGIN_MS);
}

function lifeMs({ graceMs, settleMs }: Escalation = DEFAULT_ESCALATION, atLeastMs: number): number {
  return atLeastMs + 3 * (graceMs + settleMs);
}

function detailsOf({ identity }: RequestIdentity, reason?: string): string {
  // The default reason would only say twice who has asked.
  const why = reason === undefined || reason === defaultReason(identity) ? '' : `Reason: ${reason}\n\n`;
  return `${why}Asked by ${identity}, with temporal-reaper.`;
}

export function cancelActivityRequest(argument: CancelActivityRequest, asking: RequestIdentity): ControlRequest {
  const { workflowId, activityId, reason, escalation } = argument;
  return {
    type: 'cancelActivity',
    workflowId: requestWorkflowId.cancelActivity(argument),
    argument,
    summary: `cancel activity ${activityId} of ${workflowId}`,
    details: detailsOf(asking, reason),
    executionTimeoutMs: lifeMs(escalation, CANCEL_LIFE_MS),
    waitMs: waitMs(escalation, asking.timeoutMs),
  };
}

export function cancelWorkflowRequest(argument: CancelWorkflowRequest, asking: RequestIdentity): ControlRequest {
  const { workflowId, reason, terminate, escalation } = argument;
  return {
    type: 'cancelWorkflow',
    workflowId: requestWorkflowId.cancelWorkflow(argument),
    argument,
    summary: `${terminate ? 'terminate' : 'cancel'} ${workflowId}`,
    details: detailsOf(asking, reason),
    executionTimeoutMs: lifeMs(escalation, CANCEL_LIFE_MS),
    waitMs: waitMs(escalation, asking.timeoutMs),
  };
}

function hostsOf({ hostIds }: ListRequest): string {
  return hostIds?.join(', ') ?? 'every host';
}

export function killAllRequest(argument: KillAllRequest, asking: RequestIdentity): ControlRequest {
  return {
    type: 'killAll',
    workflowId: requestWorkflowId.killAll(argument),
    argument,
    summary: `kill everything on ${hostsOf(argument)}`,
    details: detailsOf(asking, argument.reason),
    executionTimeoutMs: lifeMs(argument.escalation, KILL_ALL_LIFE_MS),
    waitMs: waitMs(argument.escalation, asking.timeoutMs),
  };
}

/** A list never joins another one: each must show the current state. */
export function listRequest(argument: ListRequest, asking: RequestIdentity): ControlRequest {
  return {
    type: 'listProcesses',
    workflowId: `temporal-reaper/list-processes/${randomUUID()}`,
    argument,
    summary: `list the processes of ${hostsOf(argument)}`,
    details: detailsOf(asking),
    executionTimeoutMs: 3 * LIST_WAIT_MS,
    waitMs: LIST_WAIT_MS,
    onlyReads: true,
  };
}
