export { runCommand, type CommandRequest, type CommandResult } from './run-command';
