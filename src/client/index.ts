export { ReaperClient, type ReaperClientOptions } from './reaper-client';
export type { CancelActivityOptions, CancelWorkflowOptions, KillAllOptions, ListOptions } from './requests';
export type { HostSummary, WorkerSummary } from './host-summary';
export { type ErrorCode, ReaperError } from '../contract/errors';
export { type EscalationOptions, type FirstSignal } from '../contract/escalation';
export type { ContainmentLevel, Fate, KillReport, ProcessFate, Proof } from '../contract/kill-report';
export type { AttemptRef } from '../contract/attempt-ref';
export {
  type AttemptKill,
  type CancelOutcome,
  type HostOutcome,
  isIncomplete,
  type KillResult,
  type ListedAttempt,
  type ListOutcome,
  type ListResult,
} from '../contract/requests';
export type { ProcessInfo, ProcessRef } from '../contract/process-ref';
export { CONTROL_TASK_QUEUE } from '../contract/task-queues';
