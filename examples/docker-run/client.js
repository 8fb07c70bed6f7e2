import { randomUUID } from 'node:crypto';
import { CancelledFailure, Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { work } from './workflows.js';

const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS ?? 'localhost:7233' });
const client = new Client({ connection, namespace: process.env.TEMPORAL_NAMESPACE ?? 'default' });

const handle = await client.workflow.start(work, {
  taskQueue: 'docker-run',
  workflowId: `container-${randomUUID()}`,
  args: [process.argv[2] ?? 'alpine'],
});
process.once('SIGINT', () => void handle.cancel());
console.log(`${handle.workflowId} has started; Ctrl-C cancels it`);

try {
  await handle.result();
} catch (error) {
  if (!(error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure)) throw error;
  console.log(`${handle.workflowId} is cancelled`);
}
await connection.close();
