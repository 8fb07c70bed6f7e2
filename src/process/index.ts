/** Kills process trees; can be used alone, without Temporal. */
export { killProcessTree } from './kill-process-tree';
export type { KillProcessTreeOptions } from './kill-process-tree';
export { ReaperError } from '../contract/errors';
export type { ErrorCode } from '../contract/errors';
export type { Escalation, EscalationOptions, FirstSignal } from '../contract/escalation';
export { deathsOf, survivorsOf } from '../contract/kill-report';
export type { ContainmentLevel, DoubtedProcess, Fate, KillReport, ProcessFate, Proof } from '../contract/kill-report';
export type { ProcessInfo, ProcessRef } from '../contract/process-ref';
