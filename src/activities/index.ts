export type { CommandRequest } from './command-request';
export type { CommandProgress } from './heartbeat-output';
export { runCommand, type CommandResult } from './run-command';
