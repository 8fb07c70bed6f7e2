import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledFailure, Client, Connection, defaultPayloadConverter, WorkflowFailedError } from '@temporalio/client';
import { transcode } from './workflows.js';

const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS ?? 'localhost:7233' });
const client = new Client({ connection, namespace: process.env.TEMPORAL_NAMESPACE ?? 'default' });

const [source = 'in.mov', target = 'out.mp4'] = process.argv.slice(2);
const handle = await client.workflow.start(transcode, {
  taskQueue: 'transcode',
  workflowId: `transcode-${randomUUID()}`,
  args: [source, target],
});
process.once('SIGINT', () => void handle.cancel());
console.log(`${handle.workflowId} has started; Ctrl-C cancels it`);

/** The heartbeat details of an activity that runs are in the description of its workflow. */
async function showProgress(end) {
  const isOpen = () => Promise.race([sleep(1_000, true), end.then(() => false)]);
  while (await isOpen()) {
    const { raw } = await handle.describe();
    const [details] = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads ?? [];
    if (details) console.log(`at ${defaultPayloadConverter.fromPayload(details).progress}`);
  }
}

try {
  const end = handle.result();
  await Promise.all([end, showProgress(end)]);
  console.log(`${target} is ready`);
} catch (error) {
  if (!(error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure)) throw error;
  console.log(`${handle.workflowId} is cancelled`);
}
await connection.close();
