import type { WorkflowInterceptors } from '@temporalio/workflow';
import { gateActivities } from './workflow-gate-activities';

/** The module for `workflowInterceptor: 'replay-only'`: only runs that have killed before a cancel continue to do so. */
export function interceptors(): WorkflowInterceptors {
  return gateActivities('runs that have begun');
}
