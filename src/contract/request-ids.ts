import type {
  CancelActivityRequest,
  CancelWorkflowRequest,
  FenceRequest,
  KillActivitiesRequest,
  KillAllRequest,
} from './workflow-requests';

const MAX_PART_LENGTH = 300;

/** Keeps an id within the server's limit of 1,000 characters; a truncated id ends in a hash (FNV-1a) of the whole. */
function part(text: string): string {
  if (text.length <= MAX_PART_LENGTH) return text;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return `${text.slice(0, MAX_PART_LENGTH)}~${(hash >>> 0).toString(16)}`;
}

/** Workflow id of a request: a second request for the same target joins the first. */
export const requestWorkflowId = {
  cancelActivity: (r: Pick<CancelActivityRequest, 'workflowId' | 'runId' | 'activityId'>): string =>
    `temporal-reaper/cancel-activity/${part(r.workflowId)}/${r.runId}/${part(r.activityId)}`,
  cancelWorkflow: (r: Pick<CancelWorkflowRequest, 'workflowId' | 'runId' | 'terminate'>): string =>
    `temporal-reaper/${r.terminate ? 'terminate' : 'cancel'}-workflow/${part(r.workflowId)}/${r.runId}`,
  fenceAttempt: ({ before: r }: Pick<FenceRequest, 'before'>): string =>
    `temporal-reaper/fence/${part(r.workflowId || 'standalone')}/${r.runId}/${part(r.activityId)}/${r.attempt}`,
  killActivities: (r: KillActivitiesRequest): string =>
    `temporal-reaper/kill-activities/${part(r.workflowId)}/${r.runId}/${part(r.activityIds.join(','))}`,
  killAll: (r: Pick<KillAllRequest, 'hostIds'>): string =>
    `temporal-reaper/kill-all/${r.hostIds ? part([...r.hostIds].sort().join(',')) : 'every-host'}`,
};
