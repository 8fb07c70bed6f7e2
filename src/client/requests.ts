import type { CommandRequest } from '../contract/command';
import type { EscalationOptions } from '../contract/escalation';

/** Names a workflow run, and how to kill its processes. */
export interface CancelWorkflowOptions {
  workflowId: string;
  /** Default: the current run. */
  runId?: string;
  /** Shown in the workflow's history and in logs; at most 1,000 characters. Default: names the caller. */
  reason?: string;
  /** Default: each worker's own configuration. */
  escalation?: EscalationOptions;
}

/** Names one pending activity of a workflow run. */
export interface CancelActivityOptions extends CancelWorkflowOptions {
  activityId: string;
}

/** Names what a cancel would be asked to end. */
export interface PreviewCancelOptions {
  workflowId: string;
  /** Default: the current run. */
  runId?: string;
  /** Default: the whole workflow. */
  activityId?: string;
}

/** Names several workflows. */
export interface SelectWorkflowsOptions {
  /** A visibility query, as `temporal workflow list --query` takes it; at most 1,000 characters. */
  query: string;
}

/** What to kill on which hosts. */
export interface KillAllOptions {
  /** Default: every host with a reaper. */
  hostIds?: string[];
  /** At most 1,000 characters. Default: names the caller. */
  reason?: string;
  /** Let retry policies retry the killed attempts. Default false: they fail as `ATTEMPT_KILLED`. */
  retry?: boolean;
  /** Default: each worker's own configuration. */
  escalation?: EscalationOptions;
}

/** What to list. */
export interface ListOptions {
  /** Default: every host with a reaper. */
  hostIds?: string[];
}

/** A command to run as an activity. */
export interface StartCommandOptions {
  /** The task queue of a worker that has registered `runCommand`. */
  taskQueue: string;
  command: CommandRequest;
}

/** Names a command: an activity of `runCommand` in a workflow run. */
export interface CommandTarget {
  workflowId: string;
  /** Default: the current run. */
  runId?: string;
  /** Default: the one activity that is running, or the last command that has ended. */
  activityId?: string;
}
