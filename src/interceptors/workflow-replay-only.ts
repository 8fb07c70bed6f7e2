import type { WorkflowInterceptors } from '@temporalio/workflow';
import { gateActivities } from './workflow-gate-activities';

/** The module of `workflowInterceptor: 'replay-only'`: runs that have killed before a cancel go on so, others do not begin. */
export function interceptors(): WorkflowInterceptors {
  return gateActivities('runs that have begun');
}
