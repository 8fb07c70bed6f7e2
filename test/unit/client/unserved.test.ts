import { ReaperClient } from '../../../src/client';
import { closedWith, fakeServer, grpcError, RUN_ID } from './fake-server';

const target = { workflowId: 'order-42' };
const noPoller = { describeTaskQueue: () => ({ pollers: [] }) };

test.each([
  ['cancelWorkflow', 'cancel', 'requestCancelWorkflowExecution'],
  ['terminateWorkflow', 'terminate', 'terminateWorkflowExecution'],
] as const)('without a control worker %s asks Temporal directly and says so', async (method, cancel, call) => {
  const { client, calls, methods } = fakeServer(noPoller);
  const outcome = await new ReaperClient(client)[method]({ ...target, reason: 'why' });
  expect(outcome).toMatchObject({
    workflowId: 'order-42',
    runId: RUN_ID,
    cancel,
    hosts: [],
    status: 'RUNNING',
    degraded: expect.stringContaining('No worker serves the control task queue') as string,
  });
  expect(methods()).not.toContain('startWorkflowExecution');
  expect(calls.find((made) => made.method === call)?.request).toMatchObject({
    namespace: 'shop',
    workflowExecution: { workflowId: 'order-42', runId: RUN_ID },
    reason: 'why',
  });
});

test.each([
  ['cancelActivity', (c: ReaperClient) => c.cancelActivity({ ...target, activityId: 'build' })],
  ['killAll', (c: ReaperClient) => c.killAll()],
  ['listProcesses', (c: ReaperClient) => c.listProcesses()],
])('without a control worker %s is CONTROL_UNSERVED, with the remedy', async (_what, ask) => {
  const { client, methods } = fakeServer(noPoller);
  await expect(ask(new ReaperClient(client))).rejects.toMatchObject({
    code: 'CONTROL_UNSERVED',
    message: expect.stringContaining('control: true') as string,
  });
  expect(methods()).not.toContain('startWorkflowExecution');
});

test('a run that closes meanwhile is told from a refusal', async () => {
  const { client } = fakeServer({
    ...noPoller,
    requestCancelWorkflowExecution: () => {
      throw grpcError(5, 'workflow execution already completed');
    },
  });
  await expect(new ReaperClient(client).cancelWorkflow(target)).resolves.toMatchObject({
    cancel: 'none',
    cancelError: expect.stringContaining('closed meanwhile') as string,
  });
});

test('a request that somebody terminated does not block the cancel', async () => {
  const { client, methods } = fakeServer({ getWorkflowExecutionHistory: () => closedWith.termination('by hand') });
  const outcome = await new ReaperClient(client).cancelWorkflow(target);
  expect(outcome).toMatchObject({ cancel: 'cancel', degraded: expect.stringContaining('by hand') as string });
  expect(methods()).toContain('requestCancelWorkflowExecution');
});

test('a request without an outcome in time does not block the cancel, and goes on', async () => {
  const { client, methods } = fakeServer({
    getWorkflowExecutionHistory: () => {
      throw grpcError(4, 'Deadline exceeded');
    },
  });
  const outcome = await new ReaperClient(client, { timeoutMs: '5s' }).cancelWorkflow(target);
  expect(outcome).toMatchObject({
    cancel: 'cancel',
    degraded: expect.stringMatching(/No outcome after 35000 ms; .* goes on/) as string,
  });
  expect(methods()).not.toContain('terminateWorkflowExecution');
});

test('pollers that are listed but dead: the request is withdrawn and Temporal is asked directly', async () => {
  const scheduled = { state: 1, originalScheduledTime: { seconds: 1, nanos: 0 } };
  const { client, methods, calls } = fakeServer({
    getWorkflowExecutionHistory: () => new Promise(() => undefined),
    describeWorkflowExecution: ({ execution }) => ({
      workflowExecutionInfo: { status: 1, execution: { runId: RUN_ID } },
      pendingWorkflowTask: (execution as { workflowId: string }).workflowId === 'order-42' ? undefined : scheduled,
    }),
  });
  const outcome = await new ReaperClient(client).cancelWorkflow(target);
  expect(outcome.degraded).toContain('although workers are listed');
  const withdrawn = methods().indexOf('terminateWorkflowExecution');
  expect(calls[withdrawn]?.request.workflowExecution).toMatchObject({
    workflowId: `temporal-reaper/cancel-workflow/order-42/${RUN_ID}`,
  });
  expect(methods().indexOf('requestCancelWorkflowExecution')).toBeGreaterThan(withdrawn);
}, 20_000);
