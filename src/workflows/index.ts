export { cancelActivity } from './cancel-activity';
export { cancelWorkflow } from './cancel-workflow';
export { fenceAttempt } from './fence-attempt';
export { killActivities } from './kill-activities';
export { killAll } from './kill-all';
export { listProcesses } from './list-processes';
export { runCommand } from './run-command';
export { CONTROL_TASK_QUEUE } from '../contract/task-queues';
export type { AttemptKill, KillResult, ListResult } from '../contract/host-requests';
export type { CancelOutcome, HostOutcome, ListOutcome } from '../contract/outcomes';
export type {
  CancelActivityRequest,
  CancelWorkflowRequest,
  FenceRequest,
  KillActivitiesRequest,
  KillAllRequest,
  ListRequest,
  RunCommandRequest,
} from '../contract/workflow-requests';
