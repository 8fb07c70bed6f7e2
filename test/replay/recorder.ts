import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { WorkflowHandle } from '@temporalio/client';
import { temporalCli } from '../../dev/dev-server';
import { waitUntil } from '../helpers/wait-until';
import { recorded } from './recorded';

/** `temporal.api.enums.v1.PendingActivityState` */
const STARTED = 2;

/** Where the workflows run. */
export interface RecordingServer {
  address: string;
  namespace: string;
}

/** The history of a run, as the Temporal CLI exports it, on one line. */
export async function historyOf({ address, namespace }: RecordingServer, workflowId: string): Promise<string> {
  const args = ['workflow', 'show', '-w', workflowId, '-n', namespace, '-o', 'json', '--address', address];
  const { stdout } = await promisify(execFile)(temporalCli(), args, { maxBuffer: 2 ** 24 });
  return `${JSON.stringify(JSON.parse(stdout))}\n`;
}

export async function activitiesRun(handle: WorkflowHandle): Promise<void> {
  await waitUntil(`the activities of ${handle.workflowId} run`, async () => {
    const pending = (await handle.describe()).raw.pendingActivities ?? [];
    return pending.length > 0 && pending.every(({ state }) => Number(state) === STARTED);
  });
}

/** Ends a run of one of the recorded workflow types as its type is to end, and returns its history. */
export async function recordRun(server: RecordingServer, type: string, handle: WorkflowHandle): Promise<string> {
  if (recorded[type] === 'cancelled') {
    await activitiesRun(handle);
    await handle.cancel();
  }
  await handle.result();
  return historyOf(server, handle.workflowId);
}
