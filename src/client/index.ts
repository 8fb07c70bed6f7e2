export { ReaperClient, type ReaperClientOptions } from './reaper-client';
export type {
  CancelActivityOptions,
  CancelWorkflowOptions,
  CommandTarget,
  KillAllOptions,
  ListOptions,
  PreviewCancelOptions,
  SelectWorkflowsOptions,
  StartCommandOptions,
} from './requests';
export type { CancelPreview, PreviewedActivity } from './preview-cancel';
export type { SelectedWorkflow } from './select-workflows';
export type { CommandEnd, CommandNews } from './command-news';
export type { StartedCommand } from './start-command';
export type { CommandRequest, CommandResult } from '../contract/command';
export { cleanupOnSigterm, type CleanupOptions } from './cleanup-on-sigterm';
export type { HostSummary, WorkerSummary } from './host-summary';
export { type ErrorCode, ReaperError } from '../contract/errors';
export { type EscalationOptions, type FirstSignal } from '../contract/escalation';
export type {
  ContainmentLevel,
  DoubtedProcess,
  Fate,
  Fates,
  KillReport,
  KillSummary,
  ProcessFate,
  Proof,
} from '../contract/kill-report';
export type { AttemptRef } from '../contract/attempt-ref';
export type {
  AttemptKill,
  GuardianState,
  KillResult,
  ListedAttempt,
  ListResult,
  WorkerOrigin,
} from '../contract/host-requests';
export { type CancelOutcome, type HostOutcome, isIncomplete, type ListOutcome } from '../contract/outcomes';
export type { ListedProcess, ProcessInfo, ProcessRef, ProcessUsage } from '../contract/process-ref';
export type { SpanAttributes, SpanTracer, TracerSpan } from '../contract/span-tracer';
export { CONTROL_TASK_QUEUE } from '../contract/task-queues';
