import type { AttemptRef } from './attempt-ref';
import type { CommandRequest } from './command';
import type { LocatedWorker } from './control-requests';
import type { Escalation } from './escalation';
import type { AfterKill } from './host-requests';

/** Workflow type `cancelActivity`. */
export interface CancelActivityRequest {
  workflowId: string;
  runId: string;
  activityId: string;
  reason: string;
  escalation?: Escalation;
}

/** Workflow type `cancelWorkflow`. */
export interface CancelWorkflowRequest {
  workflowId: string;
  runId: string;
  reason: string;
  /** Terminate instead of cancel: all processes are killed, and workflow code does not run again. */
  terminate?: boolean;
  escalation?: Escalation;
}

/** Workflow type `killActivities`. */
export interface KillActivitiesRequest {
  workflowId: string;
  runId: string;
  activityIds: string[];
  reason: string;
}

/** Workflow type `killAll`. */
export interface KillAllRequest {
  /** Default: every host with a poller. */
  hostIds?: string[];
  reason: string;
  then: Exclude<AfterKill, 'cancel' | 'expire'>;
  escalation?: Escalation;
}

/** Workflow type `listProcesses`. */
export interface ListRequest {
  hostIds?: string[];
}

/** Workflow type `runCommand`. */
export interface RunCommandRequest {
  taskQueue: string;
  command: CommandRequest;
}

/** Workflow type `fenceAttempt`. */
export interface FenceRequest {
  /** The attempt that is waiting to begin. */
  before: AttemptRef;
  /** The activity may have been reset: attempts count from 1 again, so an earlier one may have any number. */
  isReset: boolean;
  /** The workers to ask. */
  workers: LocatedWorker[];
}
