export type { FirstSignal } from '../contract/escalation';
export type { KillSummary } from '../contract/kill-report';
export type { CommandPolicy, OutputStream } from '../command/command-policy';
export type { CheckedCommand, CommandRequest } from '../command/command-request';
export type { CommandResult } from '../command/command-result';
export type { CommandProgress } from '../command/heartbeat-output';
export { commandActivity, runCommand } from '../command/run-command';
