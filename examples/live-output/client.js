import { randomUUID } from 'node:crypto';
import {
  CancelledFailure,
  Client,
  Connection,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { WorkflowStreamClient } from '@temporalio/workflow-streams/client';
import { outputFrom, runTests } from './workflows.js';

const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS ?? 'localhost:7233' });
const client = new Client({ connection, namespace: process.env.TEMPORAL_NAMESPACE ?? 'default' });

const handle = await client.workflow.start(runTests, {
  taskQueue: 'live-output',
  workflowId: `tests-${randomUUID()}`,
  args: [process.argv[2] ?? '1000'],
});
process.once('SIGINT', () => void handle.cancel());
console.log(`${handle.workflowId} has started; Ctrl-C cancels it`);

const isCancel = (error, type) => error instanceof type && error.cause instanceof CancelledFailure;
const show = ({ topic, data }) => process[topic].write(data);

/** Shows the output until the workflow ends or is cancelled; returns how far it came. */
async function showLive() {
  const stream = WorkflowStreamClient.create(client, handle.workflowId);
  let next = 0;
  try {
    for await (const item of stream.subscribe([], next, { resultType: true })) {
      show(item);
      next = item.offset + 1;
    }
  } catch (error) {
    // From its cancel on, a workflow answers no reader of its stream.
    if (!isCancel(error, WorkflowUpdateFailedError)) throw error;
  }
  return next;
}

/** Shows what has come after that. */
async function showRest(next) {
  const items = await handle.query(outputFrom, next);
  items.forEach(show);
  if (items.length > 0) await showRest(next + items.length);
}

const next = await showLive();
let outcome = 'is done';
try {
  await handle.result();
} catch (error) {
  if (!isCancel(error, WorkflowFailedError)) throw error;
  outcome = 'is cancelled';
} finally {
  await showRest(next);
}
console.log(`${handle.workflowId} ${outcome}`);
await connection.close();
