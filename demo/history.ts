import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { KillResult } from '../src/contract/host-requests';

/** What a cancelled run's history tells; Unix times in ms. */
export interface CancelStory {
  requestedAt?: number;
  /** The workflow has learned where its activities run: the marker of a local activity. */
  locatedAt?: number;
  closedAt?: number;
  status: string;
  kills: KillResult[];
}

interface Timestamp {
  seconds?: unknown;
  nanos?: number | null;
}

function msOf(time: Timestamp | null | undefined): number | undefined {
  return time ? Number(time.seconds) * 1000 + (time.nanos ?? 0) / 1e6 : undefined;
}

/** Reads it from the server; nothing that ran in a worker is taken at its word but the kill reports. */
export async function readStory(client: Client, workflowId: string): Promise<CancelStory> {
  const handle = client.workflow.getHandle(workflowId);
  const [{ status }, { events }] = await Promise.all([handle.describe(), handle.fetchHistory()]);
  const story: CancelStory = { status: status.name, kills: [] };
  const kills = new Set<string>();
  for (const event of events ?? []) {
    const at = msOf(event.eventTime);
    const { activityTaskScheduledEventAttributes: scheduled, activityTaskCompletedEventAttributes: completed } = event;
    if (event.workflowExecutionCancelRequestedEventAttributes) story.requestedAt = at;
    if (event.markerRecordedEventAttributes?.markerName === 'core_local_activity') story.locatedAt ??= at;
    if (event.workflowExecutionCanceledEventAttributes) story.closedAt = at;
    if (scheduled?.activityType?.name === 'kill') kills.add(String(event.eventId));
    if (completed && kills.has(String(completed.scheduledEventId))) {
      story.kills.push(defaultPayloadConverter.fromPayload<KillResult>(completed.result!.payloads![0]));
    }
  }
  return story;
}
