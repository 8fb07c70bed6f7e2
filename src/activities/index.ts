export type { CommandRequest } from './command-request';
export { runCommand, type CommandResult } from './run-command';
