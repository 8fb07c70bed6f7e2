import { ReaperClient } from '../../../src/client';
import { fakeServer, grpcError, RUN_ID } from './fake-server';

function described(status: number, activityIds: string[] = []) {
  return () => ({
    workflowExecutionInfo: { status, execution: { workflowId: 'order-42', runId: RUN_ID } },
    pendingActivities: activityIds.map((activityId) => ({ activityId })),
  });
}
function failing(code: number, details: string) {
  return () => {
    throw grpcError(code, details);
  };
}

const cases: [string, string, () => unknown, RegExp][] = [
  ['an unknown workflow', 'TARGET_NOT_FOUND', failing(5, 'workflow not found'), /no workflow "order-42"/],
  ['a run id that is no UUID', 'TARGET_NOT_FOUND', failing(3, 'Invalid RunId.'), /check the ids/],
  ['a completed run', 'TARGET_CLOSED', described(2), /COMPLETED/],
  ['a cancelled run', 'TARGET_CLOSED', described(4), /CANCELED/],
  ['an unknown namespace', 'NAMESPACE_NOT_FOUND', failing(5, 'Namespace shop is not found.'), /"shop"/],
  ['a refused connection', 'SERVER_UNREACHABLE', failing(14, 'ECONNREFUSED'), /at fake:7233 .*ECONNREFUSED/],
  ['a silent server', 'SERVER_UNREACHABLE', failing(4, 'Deadline exceeded'), /within 5000 ms/],
];

test.each(cases)('%s is %s, and nothing is started', async (_what, code, describeWorkflowExecution, message) => {
  const { client, methods } = fakeServer({ describeWorkflowExecution });
  const reaper = new ReaperClient(client);
  await expect(reaper.cancelWorkflow({ workflowId: 'order-42' })).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message) as string,
  });
  expect(methods()).toEqual(['describeWorkflowExecution']);
});

test('an activity that is not pending is TARGET_NOT_FOUND, and the pending ones are named in order', async () => {
  // The server keeps them in a map, and answers in no order.
  const { client, methods } = fakeServer({ describeWorkflowExecution: described(1, ['10', 'ship', '9', 'build']) });
  const request = new ReaperClient(client).cancelActivity({ workflowId: 'order-42', activityId: 'test' });
  await expect(request).rejects.toMatchObject({
    code: 'TARGET_NOT_FOUND',
    message: expect.stringContaining('pending: 9, 10, build, ship') as string,
  });
  expect(methods()).toEqual(['describeWorkflowExecution']);
});

test('a refused permission is PERMISSION_DENIED, with what to check', async () => {
  const denied = grpcError(7, 'Request unauthorized.');
  const { client } = fakeServer({
    describeWorkflowExecution: () => {
      throw denied;
    },
  });
  await expect(new ReaperClient(client).cancelWorkflow({ workflowId: 'order-42' })).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
    cause: denied,
  });
});
