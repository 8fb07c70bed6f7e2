import { checkEscalation, checkKeys, checkOptionalText, checkText } from './check-input';
import type { Escalation } from '../contract/escalation';
import type { CancelWorkflowOptions } from './requests';

/** A checked request whose run is not resolved yet. */
export interface CancelTarget {
  workflowId: string;
  runId?: string;
  reason: string;
  escalation?: Escalation;
}

/** Given where the caller gives none. */
export function defaultReason(identity: string): string {
  return `requested by ${identity} with temporal-reaper`;
}

/** Checks the reason, or supplies a default that names the caller. */
export function checkReason(reason: unknown, identity: string): string {
  return checkOptionalText('reason', reason) ?? defaultReason(identity);
}

/** @throws ReaperError `OPTION_INVALID` */
export function checkTarget(
  what: string,
  options: CancelWorkflowOptions,
  identity: string,
  moreKeys: string[] = [],
): CancelTarget {
  checkKeys(what, options, ['workflowId', 'runId', 'reason', 'escalation', ...moreKeys]);
  return {
    workflowId: checkText('workflowId', options.workflowId),
    runId: checkOptionalText('runId', options.runId),
    reason: checkReason(options.reason, identity),
    escalation: checkEscalation(options.escalation),
  };
}
