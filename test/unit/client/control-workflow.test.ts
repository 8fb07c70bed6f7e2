import { ActivityFailure, ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import { type CancelOutcome, ReaperClient } from '../../../src/client';
import { type Call, closedWith, fakeServer, grpcError, RUN_ID } from './fake-server';

const outcome: CancelOutcome = { cancel: 'cancel', hosts: [], unguarded: [], unreached: [], requestedAt: 1 };

function startOf(calls: Call[]): { request: Record<string, unknown>; argument: unknown } {
  const request = calls.find(({ method }) => method === 'startWorkflowExecution')?.request ?? {};
  const { payloads } = request.input as { payloads: Parameters<typeof defaultPayloadConverter.fromPayload>[0][] };
  return { request, argument: defaultPayloadConverter.fromPayload(payloads[0]) };
}

type Case = [string, string, string, object, (client: ReaperClient) => Promise<unknown>];
const target = { workflowId: 'order-42' };
const requests: Case[] = [
  [
    'cancelWorkflow',
    'cancelWorkflow',
    `temporal-reaper/cancel-workflow/order-42/${RUN_ID}`,
    { workflowId: 'order-42', runId: RUN_ID, reason: 'why', terminate: false },
    (c) => c.cancelWorkflow({ ...target, reason: 'why' }),
  ],
  [
    'terminateWorkflow',
    'cancelWorkflow',
    `temporal-reaper/terminate-workflow/order-42/${RUN_ID}`,
    { runId: RUN_ID, terminate: true, escalation: { signal: 'SIGKILL', graceMs: 25_000, settleMs: 5_000 } },
    (c) => c.terminateWorkflow({ ...target, escalation: { signal: 'SIGKILL' } }),
  ],
  [
    'cancelActivity',
    'cancelActivity',
    `temporal-reaper/cancel-activity/order-42/${RUN_ID}/build`,
    { runId: RUN_ID, activityId: 'build', reason: 'requested by tester with temporal-reaper' },
    (c) => c.cancelActivity({ ...target, activityId: 'build' }),
  ],
  ['killAll', 'killAll', 'temporal-reaper/kill-all/every-host', { then: 'fail' }, (c) => c.killAll()],
  [
    'killAll with hosts and retry',
    'killAll',
    'temporal-reaper/kill-all/a,b',
    { hostIds: ['b', 'a'], then: 'retry' },
    (c) => c.killAll({ hostIds: ['b', 'a', 'b'], retry: true }),
  ],
];

test.each(requests)('%s starts or joins its workflow', async (_what, type, workflowId, argument, ask) => {
  const { client, calls } = fakeServer({ getWorkflowExecutionHistory: () => closedWith.result(outcome) });
  await expect(ask(new ReaperClient(client))).resolves.toEqual(outcome);
  const start = startOf(calls);
  expect(start.argument).toMatchObject(argument);
  expect(start.request).toMatchObject({
    namespace: 'shop',
    workflowId,
    workflowType: { name: type },
    taskQueue: { name: 'temporal-reaper' },
    workflowIdConflictPolicy: 2, // USE_EXISTING
    workflowIdReusePolicy: 1, // ALLOW_DUPLICATE
  });
});

test('listProcesses is never joined', async () => {
  const { client, calls } = fakeServer({ getWorkflowExecutionHistory: () => closedWith.result({ hosts: [] }) });
  const reaper = new ReaperClient(client);
  await reaper.listProcesses();
  await reaper.listProcesses();
  const ids = calls
    .filter(({ method }) => method === 'startWorkflowExecution')
    .map(({ request }) => request.workflowId);
  expect(new Set(ids).size).toBe(2);
});

test('a summary longer than the server takes is cut', async () => {
  const { client, calls } = fakeServer({ getWorkflowExecutionHistory: () => closedWith.result(outcome) });
  await new ReaperClient(client).cancelWorkflow({ workflowId: '😀'.repeat(400) });
  const { userMetadata } = startOf(calls).request as { userMetadata: { summary: { data: Uint8Array } } };
  expect(userMetadata.summary.data.length).toBeLessThanOrEqual(402);
});

test('the details name a reason only if somebody gave one', async () => {
  const { client, calls } = fakeServer({ getWorkflowExecutionHistory: () => closedWith.result(outcome) });
  const detailsFor = async (reason?: string): Promise<unknown> => {
    calls.length = 0;
    await new ReaperClient(client).cancelWorkflow({ workflowId: 'order-42', runId: RUN_ID, reason });
    const { userMetadata } = startOf(calls).request as { userMetadata: { details: { data: Uint8Array } } };
    return JSON.parse(Buffer.from(userMetadata.details.data).toString());
  };
  expect(await detailsFor()).toBe('Asked by tester, with temporal-reaper.');
  expect(await detailsFor('wrong branch')).toBe('Reason: wrong branch\n\nAsked by tester, with temporal-reaper.');
});

const coded = ApplicationFailure.nonRetryable('Workflow "order-42" is closed', 'TARGET_CLOSED');
test.each([
  ['the workflow', coded],
  ['one of its activities', new ActivityFailure('failed', 'locate', '1', 'NON_RETRYABLE_FAILURE', '', coded)],
])('a code with which %s failed becomes a ReaperError', async (_what, failure) => {
  const { client } = fakeServer({ getWorkflowExecutionHistory: () => closedWith.failure(failure) });
  await expect(new ReaperClient(client).cancelWorkflow(target)).rejects.toMatchObject({
    name: 'ReaperError',
    code: 'TARGET_CLOSED',
    message: 'Workflow "order-42" is closed',
  });
});

test('a request that the server refuses as malformed is OPTION_INVALID', async () => {
  const { client } = fakeServer({
    startWorkflowExecution: () => {
      throw grpcError(3, 'WorkflowId length exceeds limit.');
    },
  });
  await expect(new ReaperClient(client).cancelWorkflow(target)).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: expect.stringContaining('WorkflowId length exceeds limit.') as string,
  });
});
