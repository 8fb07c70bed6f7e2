export { runCommand, type Command, type CommandResult } from './run-command';
