const { randomUUID } = require('node:crypto');
const { CancelledFailure, Client, Connection, WorkflowFailedError } = require('@temporalio/client');
const { hello } = require('./workflows');

async function main() {
  const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS ?? 'localhost:7233' });
  const client = new Client({ connection, namespace: process.env.TEMPORAL_NAMESPACE ?? 'default' });

  const handle = await client.workflow.start(hello, { taskQueue: 'hello-cjs', workflowId: `hello-${randomUUID()}` });
  process.once('SIGINT', () => void handle.cancel());
  console.log(`${handle.workflowId} has started; Ctrl-C cancels it`);

  try {
    await handle.result();
  } catch (error) {
    if (!(error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure)) throw error;
    console.log(`${handle.workflowId} is cancelled`);
  }
  await connection.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
