import type { AttemptRef } from './attempt-ref';
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
  /** Terminate in place of cancel: everything is killed, workflow code sees nothing. */
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
  /** Default: every host that polls. */
  hostIds?: string[];
  reason: string;
  then: Exclude<AfterKill, 'cancel' | 'expire'>;
  escalation?: Escalation;
}

/** Workflow type `listProcesses`. */
export interface ListRequest {
  hostIds?: string[];
}

/** Workflow type `fenceAttempt`. */
export interface FenceRequest {
  /** The attempt that waits to begin. */
  before: AttemptRef;
  /** See {@link KillEarlierRequest}. */
  isReset: boolean;
  /** Whom to ask. */
  workers: LocatedWorker[];
}
