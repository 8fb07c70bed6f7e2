import { ReaperClient, isIncomplete } from '../../../src/client';
import { KILL_FIRST_HEADER, PROBE_ANSWER } from '../../../src/contract/names';
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

describe('without a control worker cancelActivity', () => {
  const activity = { ...target, activityId: 'build', reason: 'why' };
  const run = (pending: boolean): unknown => ({
    workflowExecutionInfo: { status: 1, execution: { workflowId: 'order-42', runId: RUN_ID } },
    pendingActivities: pending ? [{ activityId: 'build' }] : [{ activityId: 'other' }],
  });
  /** The run's worker answers the probe as the interceptor does, or as one without it. */
  const probed = (withInterceptor: boolean) => ({
    ...noPoller,
    queryWorkflow: () => {
      throw withInterceptor ? grpcError(2, PROBE_ANSWER) : grpcError(3, 'unknown queryType');
    },
  });

  test('has a run with the interceptor kill and cancel it, and waits for the end', async () => {
    let looks = 0;
    const { client, calls, methods } = fakeServer({
      ...probed(true),
      signalWorkflowExecution: () => ({}),
      describeWorkflowExecution: () => run(++looks < 4),
    });
    const outcome = await new ReaperClient(client).cancelActivity(activity);
    expect(outcome).toMatchObject({ activityId: 'build', cancel: 'cancel-activity', unreached: [], hosts: [] });
    expect(outcome.degraded).toContain('asked to kill and cancel');
    expect(isIncomplete(outcome)).toBe(true);
    expect(looks).toBe(4);
    const signal = calls.find(({ method }) => method === 'signalWorkflowExecution')?.request;
    expect(Object.keys((signal?.header as { fields: object }).fields)).toContain(KILL_FIRST_HEADER);
    expect(methods()).not.toContain('respondActivityTaskFailedById');
  });

  test('names it as not reached when its end does not come within the wait', async () => {
    const { client } = fakeServer({ ...probed(true), signalWorkflowExecution: () => ({}) });
    const reaper = new ReaperClient(client, { timeoutMs: '1s' });
    const outcome = await reaper.cancelActivity({ ...activity, escalation: { graceMs: 0, settleMs: 100 } });
    expect(outcome).toMatchObject({ cancel: 'cancel-activity', unreached: ['build'] });
  });

  test('fails it by id in a run without the interceptor', async () => {
    const { client, calls, methods } = fakeServer({ ...probed(false), respondActivityTaskFailedById: () => ({}) });
    const outcome = await new ReaperClient(client).cancelActivity(activity);
    expect(outcome).toMatchObject({ cancel: 'fail-activity' });
    expect(outcome.degraded).toContain('without a kill first');
    expect(calls.find(({ method }) => method === 'respondActivityTaskFailedById')?.request).toMatchObject({
      workflowId: 'order-42',
      runId: RUN_ID,
      activityId: 'build',
      failure: { canceledFailureInfo: {} },
    });
    expect(methods()).not.toContain('signalWorkflowExecution');
  });

  test('tells one that is over from a refusal', async () => {
    const { client } = fakeServer({
      ...probed(false),
      respondActivityTaskFailedById: () => {
        throw grpcError(5, 'activity not found');
      },
    });
    const outcome = await new ReaperClient(client).cancelActivity(activity);
    expect(outcome).toMatchObject({
      cancel: 'none',
      cancelError: 'Activity "build" of workflow "order-42" closed meanwhile',
    });
  });
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
    degraded: expect.stringMatching(/No outcome after 35000 ms; .* is still running/) as string,
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
