import type { ConnectionLike } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { awaitCancelled } from '../../../src/activities/await-cancelled';

const CANCELED = 4; // `temporal.api.enums.v1.WorkflowExecutionStatus`
const request = { workflowId: 'w', runId: 'r' };

/** A server that fails so many questions before it says that the run is closed; counts them. */
function serverFailing(times: number): { connection: ConnectionLike; asked: () => number } {
  let asked = 0;
  const describeWorkflowExecution = async (): Promise<unknown> => {
    asked += 1;
    if (asked <= times) throw new Error('the server refuses');
    return { workflowExecutionInfo: { status: CANCELED } };
  };
  const connection = {
    withDeadline: <T>(_deadline: number, call: () => Promise<T>) => call(),
    workflowService: { describeWorkflowExecution },
  } as unknown as ConnectionLike;
  return { connection, asked: () => asked };
}

const run = (connection: ConnectionLike): Promise<unknown> =>
  new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(() =>
    awaitCancelled(connection, 'n', request),
  );

test('two errors of the server are overcome', async () => {
  const { connection, asked } = serverFailing(2);
  await expect(run(connection)).resolves.toMatchObject({ unreached: [] });
  expect(asked()).toBe(3);
});

test('the third ends the wait for good, and is named: no retry of the activity would help', async () => {
  const { connection, asked } = serverFailing(Infinity);
  await expect(run(connection)).rejects.toMatchObject({ message: 'the server refuses', nonRetryable: true });
  expect(asked()).toBe(3);
});
