export type { FirstSignal } from '../contract/escalation';
export type { Fates, KillSummary } from '../contract/kill-report';
export type { CommandPolicy, OutputStream } from '../command/command-policy';
export type { CheckedCommand } from '../command/command-request';
export type { CommandProgress, CommandRequest, CommandResult } from '../contract/command';
export { commandActivity, runCommand } from '../command/run-command';
