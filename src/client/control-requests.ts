import { randomUUID } from 'node:crypto';
import { DEFAULT_ESCALATION, type Escalation } from '../contract/escalation';
import { requestWorkflowId } from '../contract/request-ids';
import {
  type CancelActivityRequest,
  type CancelWorkflowRequest,
  type KillAllRequest,
  type ListRequest,
} from '../contract/workflow-requests';
import type { ControlRequest } from './control-workflow';

/** Who asks, and how long to wait beyond the escalation. */
export interface Asking {
  identity: string;
  timeoutMs?: number;
}

/** Beyond twice the escalation: locating, asking the hosts, asking Temporal. */
const MARGIN_MS = 15_000;
/** Hosts answer a list within 6 s or are given up. */
const LIST_WAIT_MS = 20_000;
/** A cancel names one run, so that it may come late; a worker's own grace period may be an hour. */
const CANCEL_LIFE_MS = 3 * 3_600_000;
/** A kill of everything must not come at a time when nobody expects it any more. */
const KILL_ALL_LIFE_MS = 600_000;

/**
 * How long to wait for an outcome. The cancellation workflow may need the escalation twice: to kill, then to wait for
 * the end of a run that takes its time.
 */
function waitMs({ graceMs, settleMs }: Escalation = DEFAULT_ESCALATION, timeoutMs?: number): number {
  const escalationMs = graceMs + settleMs;
  return escalationMs + (timeoutMs ?? escalationMs + MARGIN_MS);
}

function lifeMs({ graceMs, settleMs }: Escalation = DEFAULT_ESCALATION, atLeastMs: number): number {
  return atLeastMs + 3 * (graceMs + settleMs);
}

function detailsOf({ identity }: Asking, reason?: string): string {
  return `${reason === undefined ? '' : `Reason: ${reason}\n\n`}Asked by ${identity}, with temporal-reaper.`;
}

export function cancelActivityRequest(argument: CancelActivityRequest, asking: Asking): ControlRequest {
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

export function cancelWorkflowRequest(argument: CancelWorkflowRequest, asking: Asking): ControlRequest {
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

export function killAllRequest(argument: KillAllRequest, asking: Asking): ControlRequest {
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

/** Never joined: each list is its own look. */
export function listRequest(argument: ListRequest, asking: Asking): ControlRequest {
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
