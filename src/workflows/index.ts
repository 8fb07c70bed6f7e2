export { cancelActivity } from './cancel-activity';
export { cancelWorkflow } from './cancel-workflow';
export { killAll } from './kill-all';
export { listProcesses } from './list-processes';
export { CONTROL_TASK_QUEUE } from '../contract/task-queues';
export type {
  AttemptKill,
  CancelActivityRequest,
  CancelOutcome,
  CancelWorkflowRequest,
  HostOutcome,
  KillAllRequest,
  KillResult,
  ListOutcome,
  ListRequest,
  ListResult,
} from '../contract/requests';
