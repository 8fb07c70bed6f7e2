import type { EscalationOptions } from '../contract/escalation';

/** Names a workflow run, and how to kill its processes. */
export interface CancelWorkflowOptions {
  workflowId: string;
  /** Default: the current run. */
  runId?: string;
  /** Shown in the workflow's history and in logs; at most 1,000 characters. Default: says who asked. */
  reason?: string;
  /** Default: what each worker is configured with. */
  escalation?: EscalationOptions;
}

/** Names one pending activity of a workflow run. */
export interface CancelActivityOptions extends CancelWorkflowOptions {
  activityId: string;
}

/** What to kill on which hosts. */
export interface KillAllOptions {
  /** Default: every host with a reaper. */
  hostIds?: string[];
  /** At most 1,000 characters. Default: says who asked. */
  reason?: string;
  /** Let the killed attempts be retried as their retry policies say. Default false: they fail as `ATTEMPT_KILLED`. */
  retry?: boolean;
  /** Default: what each worker is configured with. */
  escalation?: EscalationOptions;
}

export interface ListOptions {
  /** Default: every host with a reaper. */
  hostIds?: string[];
}
