import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { KillRequest, KillResult } from '../src/contract/host-requests';
import { REQUEST_HEADER } from '../src/contract/names';

/** What a cancelled run's history shows; Unix times in ms. */
export interface CancelStory {
  requestedAt?: number;
  /** When the workflow learned where its activities run: the marker of a local activity. */
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

/** Reads the story from the server; the kill reports are the only part that comes from a worker. */
export async function readStory(client: Client, workflowId: string): Promise<CancelStory> {
  const handle = client.workflow.getHandle(workflowId);
  const [{ status }, { events }] = await Promise.all([handle.describe(), handle.fetchHistory()]);
  const story: CancelStory = { status: status.name, kills: [] };
  const asked: { taskQueue: string; request: KillRequest }[] = [];
  for (const event of events ?? []) {
    const at = msOf(event.eventTime);
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (event.workflowExecutionCancelRequestedEventAttributes) story.requestedAt = at;
    if (event.markerRecordedEventAttributes?.markerName === 'core_local_activity') story.locatedAt ??= at;
    if (event.workflowExecutionCanceledEventAttributes) story.closedAt = at;
    if (scheduled?.activityType?.name === 'kill') {
      const request = scheduled.header?.fields?.[REQUEST_HEADER] as Payload;
      asked.push({ taskQueue: scheduled.taskQueue!.name!, request: defaultPayloadConverter.fromPayload(request) });
    }
  }
  // The workflow's interceptor requested the kills; their reports have to be collected from the workers.
  story.kills = await Promise.all(
    asked.map(({ taskQueue, request }) =>
      client.activity.execute<KillResult>('collect', {
        id: randomUUID(),
        taskQueue,
        args: [{ attempts: request.attempts }],
        scheduleToCloseTimeout: '10s',
      }),
    ),
  );
  return story;
}
