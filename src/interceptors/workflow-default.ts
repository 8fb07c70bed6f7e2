import type { WorkflowInterceptors } from '@temporalio/workflow';
import { gateActivities } from './workflow-gate-activities';

/** The module that Workers load by default: every run kills before it cancels. */
export function interceptors(): WorkflowInterceptors {
  return gateActivities('every run');
}
